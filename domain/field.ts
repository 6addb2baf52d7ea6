import { z } from 'zod';
import { isDay } from './calendar.ts';
import { hasUsccShape, normaliseUscc } from './identifiers.ts';
import { isVisible } from './names.ts';

/** A text in both languages of the registry. */
export type Text = { readonly zh: string; readonly en: string };

/** A value that a field allows, or a command: its titles, and what else spreadsheets call it. */
export type Option = Text & { readonly also?: readonly string[] };

/** What a field refers to: an entry of that register, always or only if the text is exactly such an entry's key. */
export type Reference = { readonly register: string; readonly exactOnly?: true };

/** What a field holds, which says how it is typed in, read from a spreadsheet and shown. Money is in whole yuan (CNY). */
export const fieldKinds = [
  'text',
  'titles',
  'choice',
  'choices',
  'day',
  'number',
  'integer',
  'money',
  'boolean',
  'reference',
  'references',
  'targets',
  'range',
] as const;
export type FieldKind = (typeof fieldKinds)[number];

/**
 * One field of a register or command: its schema, its titles, and the further column headers that real spreadsheets
 * use for it. Everything that shows or reads a field (REST, OpenAPI, imports, forms, docs) follows from this.
 */
export type Field = {
  readonly kind: FieldKind;
  readonly schema: z.ZodType;
  readonly title: Text;
  readonly optional: boolean;
  readonly headers: readonly string[];
  readonly reference?: Reference;
  /** The allowed values, for fields that have a list of them. */
  readonly options?: Readonly<Record<string, Option>>;
  /** The smallest and the largest value of a number. */
  readonly min?: number;
  readonly max?: number;
  /** The most characters (code points) of a text. */
  readonly maxLength?: number;
  /** A text in somebody's own words, which may speak of people: not for the public. */
  readonly isFree?: true;
  /** A text whose leading zeros count, such as a certificate's number. */
  readonly isCode?: true;
};

export type Fields = Readonly<Record<string, Field>>;

/** The words of a schema's own refusal; `faultsOf` reads them. */
export const refuse = (zh: string, en: string) => ({ error: en, params: { zh, en } });

/** A text of a pattern, which the refusal says in words. */
export const matching = (pattern: RegExp, zh: string, en: string): z.ZodType<string> =>
  z
    .string()
    .refine((text) => pattern.test(text), refuse(zh, en))
    .meta({ pattern: pattern.source });

/** One of the names of `options`, whose titles the refusal lists. */
export const oneOf = (options: Readonly<Record<string, Text>>): z.ZodType<string> => {
  const titles = Object.values(options);
  const zh = `取值不在可选范围内；可选：${titles.map((title) => title.zh).join('、')}`;
  const en = `Must be one of: ${titles.map((title) => title.en).join(', ')}`;
  return z
    .string()
    .refine((name) => Object.hasOwn(options, name), refuse(zh, en))
    .meta({
      enum: Object.keys(options),
      'x-titles': Object.fromEntries(Object.entries(options).map(([name, { zh, en }]) => [name, { zh, en }])),
    });
};

const forbidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/u;

const hasForbiddenCharacter = (text: string, allowed: string): boolean =>
  forbidden.test(text) && [...text].some((character) => forbidden.test(character) && !allowed.includes(character));

const hasAtMost = (text: string, characters: number): boolean =>
  text.length <= characters || [...text].length <= characters;

/**
 * Text of 1 to `max` characters (code points), outer white space removed, without control, bidirectional or other
 * invisible characters, which make two names look alike or one read backwards, and without the mark of a lost character.
 */
const textSchema = (max: number, allowed = ''): z.ZodType<string> =>
  z
    .string()
    .trim()
    .min(1)
    .refine((text) => text === '' || isVisible(text), refuse('没有可见的文字', 'Nothing in it can be seen'))
    .refine((text) => hasAtMost(text, max), refuse(`最多 ${max} 个字符`, `At most ${max} characters`))
    .refine(
      (text) => !hasForbiddenCharacter(text, allowed),
      refuse('含有控制字符、双向控制符或不可见字符', 'Contains control, bidirectional or invisible characters'),
    )
    .refine(
      (text) => !text.includes('\ufffd'),
      refuse(
        '含有“\ufffd”，表明文字在转换编码时已损坏；请重新填写',
        'Contains \ufffd, the sign of damage by a change of encoding; enter the text again',
      ),
    )
    .meta({ maxLength: max });

const shortTextLength = 500;
export const shortText = textSchema(shortTextLength);
export const noteText = textSchema(2_000, '\n\r\t');

const webAddressShape = /^[Hh][Tt][Tt][Pp][Ss]?:\/\/\S+$/;

/**
 * A web address, as it is typed in a browser: also with Chinese characters, which no URI has (RFC 3986), and with brackets,
 * which no IRI has; like any text without invisible characters.
 */
export const webAddress = z
  .string()
  .trim()
  .max(2_000)
  .refine(
    (text) => webAddressShape.test(text) && !hasForbiddenCharacter(text, '') && URL.canParse(text),
    refuse('须为 http 或 https 网址', 'Must be a web address (http or https)'),
  )
  .meta({ pattern: webAddressShape.source, examples: ['https://www.sheitc.sh.gov.cn/'] });

export const daySchema = z
  .string()
  .refine(isDay, refuse('须为实际存在的日期，如 2020-12-22', 'Must be a calendar day such as 2020-12-22'))
  .meta({ format: 'date', examples: ['2020-12-22'] });

/** A Unified Social Credit Code, checked by its shape alone; lower case and full-width forms are normalised first. */
export const usccSchema = z
  .string()
  .overwrite(normaliseUscc)
  .refine(hasUsccShape, refuse('须为 18 位统一社会信用代码', 'Must be a Unified Social Credit Code of 18 characters'))
  .meta({ examples: ['91310000132260250X'] });

const field = (kind: Field['kind'], schema: z.ZodType, zh: string, en: string, headers: readonly string[]): Field => ({
  kind,
  schema,
  title: { zh, en },
  optional: false,
  headers,
});

export const text = (zh: string, en: string, ...headers: string[]): Field => ({
  ...field('text', shortText, zh, en, headers),
  maxLength: shortTextLength,
});

/** The number of a document: a text that a spreadsheet must not have turned into a number. */
export const documentNumber = (zh: string, en: string, ...headers: string[]): Field => ({
  ...text(zh, en, ...headers),
  isCode: true,
});

export const day = (zh: string, en: string, ...headers: string[]): Field => field('day', daySchema, zh, en, headers);

/** Text in somebody's own words. */
export const freeText = (zh: string, en: string, ...headers: string[]): Field => ({
  ...text(zh, en, ...headers),
  isFree: true,
});

/** Whole yuan (CNY), 0 or more. */
export const yuan = (zh: string, en: string, ...headers: string[]): Field => {
  const amount = z.int().min(0);
  return { ...field('money', amount.meta({ examples: [12_000_000] }), zh, en, headers), min: 0 };
};

export const integer = (min: number, max: number, zh: string, en: string, ...headers: string[]): Field => ({
  ...field('integer', z.int().min(min).max(max), zh, en, headers),
  min,
  max,
});

export const number = (min: number, max: number, zh: string, en: string, ...headers: string[]): Field => ({
  ...field('number', z.number().min(min).max(max), zh, en, headers),
  min,
  max,
});

export const yesNo = (zh: string, en: string, ...headers: string[]): Field =>
  field('boolean', z.boolean(), zh, en, headers);

/** One of a list of values, each with its titles. */
export const choice = (
  options: Readonly<Record<string, Option>>,
  zh: string,
  en: string,
  ...headers: string[]
): Field => ({
  ...field('choice', oneOf(options), zh, en, headers),
  options,
});

/** The code of an enrolled enterprise. */
export const enterprise = (zh: string, en: string, ...headers: string[]): Field => ({
  ...field('reference', usccSchema, zh, en, headers),
  reference: { register: 'enterprises' },
});

/** The codes of enrolled enterprises. */
export const enterprises = (zh: string, en: string, ...headers: string[]): Field => ({
  ...field('references', z.array(usccSchema).max(50), zh, en, headers),
  reference: { register: 'enterprises' },
});

/** A text that refers to an entry of `register` if it is exactly such an entry's key, and is free text otherwise. */
export const textOrKey = (register: string, zh: string, en: string, ...headers: string[]): Field => ({
  ...text(zh, en, ...headers),
  reference: { register, exactOnly: true },
});

/** Some of a list of values, each with its titles. */
export const choices = (
  options: Readonly<Record<string, Option>>,
  zh: string,
  en: string,
  ...headers: string[]
): Field => ({
  ...field('choices', z.array(oneOf(options)).max(50), zh, en, headers),
  options,
});

/** A field of a shape of its own, which a spreadsheet holds as JSON. */
export const shaped = (
  kind: 'titles' | 'targets' | 'range',
  schema: z.ZodType,
  zh: string,
  en: string,
  ...headers: string[]
): Field => field(kind, schema, zh, en, headers);

export const optional = (required: Field): Field => ({ ...required, optional: true });

/** The object schema of some fields: as declared, or all optional, or all optional and the optional ones clearable by null. */
export const shapeOf = (
  fields: Fields,
  need: 'as-declared' | 'all-optional' | 'clearable',
): Record<string, z.ZodType> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, { schema, optional: isOptional, title }]) => {
      const described = schema.meta({ 'x-title': title });
      if (need === 'clearable') return [name, (isOptional ? described.nullable() : described).optional()];
      return [name, isOptional || need === 'all-optional' ? described.optional() : described];
    }),
  );
