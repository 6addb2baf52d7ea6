import type { Readable } from 'node:stream';
import type { Field, Text } from '../../domain/field.ts';
import { isObject, type Json } from '../../domain/json.ts';
import type { FactKind, Register } from '../../domain/register.ts';
import { commandExample } from '../commands/examples.ts';
import { columnKind } from '../spreadsheets/column-kinds.ts';
import { type OutCell, type OutColumn, type OutSheet, xlsxOf } from '../spreadsheets/xlsx-writer.ts';
import { requiredColumns } from './reading/needs.ts';
import { exampleMarker } from './reading/table.ts';

type Language = keyof Text;

type TemplateColumn = OutColumn & {
  readonly isRequired: boolean;
  readonly example: OutCell;
  /** What to enter, in words. */
  readonly content: string;
};

/**
 * An empty XLSX for a command: the headers, drop-downs of the allowed values, and an example row, which is marked as one
 * in its first column so that no import reads it; a second sheet says what to enter in each column.
 */
export const templateOf = (register: Register, kind: FactKind, language: Language): Readable => {
  const columns = templateColumns(register, kind, language);
  const marker = exampleMarker[language];
  const list: OutSheet = {
    name: `${register.title[language]} ${kind.title[language]}`,
    columns: [
      { header: { zh: '序号', en: 'No.' }[language], width: 10 },
      ...columns.map(({ header, isRequired, ...column }) => ({
        ...column,
        header: isRequired ? `*${header}` : header,
      })),
    ],
    rows: [[marker, ...columns.map(({ example }) => example)].map(asExample)],
  };
  const guide: OutSheet = {
    name: { zh: '填写要求', en: 'How to fill it in' }[language],
    columns: { zh: ['列名', '要求', '可填内容'], en: ['Column', 'Required', 'What to enter'] }[language].map(
      (header, index) => ({ header, width: guideWidths[index] ?? 16 }),
    ),
    rows: [
      [marker, '', exampleRule[language]],
      ...columns.map(({ header, isRequired, content }) => [header, isRequired ? required[language] : '', content]),
    ],
  };
  return xlsxOf(list, guide);
};

const guideWidths = [28, 12, 100];
const required: Text = { zh: '必填', en: 'required' };
const exampleRule: Text = {
  zh: '首列为“示例”的行不会导入；请在其下填写，或改写该行并清空首列',
  en: 'A row with “Example” in its first column is not imported; fill in the rows below, or overwrite it and clear the first column',
};

const asExample = (cell: OutCell): OutCell =>
  cell === undefined || typeof cell === 'object' ? cell : { value: cell, look: 'example' };

const templateColumns = (register: Register, kind: FactKind, language: Language): readonly TemplateColumn[] => {
  const always = new Set(requiredColumns(register, kind, () => true).map(([name]) => name));
  const body = commandExample(register, kind.command);
  const fields = Object.entries(kind.takes).map(([name, field]): TemplateColumn => {
    const { options } = field;
    const titles = Object.values(options ?? {}).map((title) => title[language]);
    const choices = field.kind === 'boolean' ? yesNo[language] : titles;
    return {
      header: field.title[language],
      isRequired: always.has(name),
      kind: columnKind(field),
      ...(choices.length > 0 && field.kind !== 'choices' ? { options: choices } : {}),
      example:
        field.kind === 'text' ? textExample(field, body[name], language) : exampleOf(field, body[name], language),
      content:
        choices.length > 0 ? choices.join({ zh: '、', en: ', ' }[language]) : (contents[field.kind]?.[language] ?? ''),
    };
  });
  const requiresKey = register.keyFrom === undefined;
  return [
    {
      header: register.key.title[language],
      isRequired: requiresKey,
      example: register.key.example,
      content: (requiresKey ? ownKey : generatedKey)[language],
    },
    ...fields.filter(({ isRequired }) => isRequired),
    {
      header: { zh: `${kind.title.zh}日期`, en: 'Effective on' }[language],
      isRequired: true,
      example: String(body.effectiveOn),
      content: contents.day?.[language] ?? '',
    },
    ...fields.filter(({ isRequired }) => !isRequired),
    {
      header: { zh: '佐证', en: 'Evidence' }[language],
      isRequired: false,
      example: undefined,
      content: evidence[language],
    },
    { header: { zh: '备注', en: 'Note' }[language], isRequired: false, example: undefined, content: '' },
  ];
};

const yesNo = { zh: ['是', '否'], en: ['yes', 'no'] } as const;
const ownKey: Text = { zh: '编码原文，按文本填写', en: 'The code as printed in the document, as text' };
const generatedKey: Text = {
  zh: '可留空，系统将按名称或标准号生成；登记项已存在时填写其编号',
  en: 'May be left empty to be generated from the name or number; for an existing entry, its key',
};
const evidence: Text = { zh: '佐证文件的名称', en: 'The title of a document' };
const contents: Readonly<Partial<Record<Field['kind'], Text>>> = {
  day: { zh: '日期，如 2020-12-22、2020年12月22日', en: 'A date such as 2020-12-22' },
  number: { zh: '数字', en: 'A number' },
  integer: { zh: '整数', en: 'A whole number' },
  money: { zh: '金额，可写 1.2亿元、3500万元', en: 'An amount, which may be written as 12 million yuan' },
  text: { zh: '文字，最多 500 字', en: 'Text, at most 500 characters' },
  reference: { zh: '已入库企业的统一社会信用代码', en: 'The Unified Social Credit Code of an enrolled enterprise' },
  references: {
    zh: '已入库企业的统一社会信用代码，以分号分隔',
    en: 'Unified Social Credit Codes of enrolled enterprises, separated by semicolons',
  },
  titles: { zh: 'JSON', en: 'JSON' },
  targets: { zh: 'JSON', en: 'JSON' },
  range: { zh: 'JSON', en: 'JSON' },
};

/** The example of a text is the field's title. */
const textExample = ({ title }: Field, value: Json | undefined, language: Language): OutCell =>
  value === undefined ? undefined : title[language];

const exampleOf = ({ options }: Field, value: Json | undefined, language: Language): OutCell => {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return yesNo[language][value ? 0 : 1];
  if (typeof value === 'string') return options?.[value]?.[language] ?? value;
  if (typeof value === 'number') return value;
  if (Array.isArray(value) && options !== undefined)
    return value
      .map((each) => options[String(each)]?.[language] ?? String(each))
      .join({ zh: '、', en: '; ' }[language]);
  return isObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
};
