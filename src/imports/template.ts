import type { Readable } from 'node:stream';
import type { Field, Text } from '../../domain/field.ts';
import { isObject, type Json } from '../../domain/json.ts';
import type { FactKind, Register } from '../../domain/register.ts';
import { commandExample } from '../commands/examples.ts';
import { type OutCell, type OutColumn, type OutSheet, xlsxOf } from '../spreadsheets/xlsx-writer.ts';
import { neededColumns } from './reading/file.ts';

type Language = keyof Text;

type TemplateColumn = OutColumn & {
  readonly isNeeded: boolean;
  readonly example: OutCell;
  /** What may be filled in, in words. */
  readonly takes: string;
};

/**
 * An empty XLSX for a command: the heads, the allowed values to choose from, and an example, which is marked as one
 * where rows have their numbers and is no row to an import; a second sheet says what each column takes.
 */
export const templateOf = (register: Register, kind: FactKind, language: Language): Readable => {
  const columns = templateColumns(register, kind, language);
  const marker = { zh: '示例', en: 'Example' }[language];
  const list: OutSheet = {
    name: `${register.title[language]} ${kind.title[language]}`,
    columns: [
      { head: { zh: '序号', en: 'No.' }[language], width: 10 },
      ...columns.map(({ head, isNeeded, ...column }) => ({ ...column, head: isNeeded ? `*${head}` : head })),
    ],
    rows: [[marker, ...columns.map(({ example }) => example)].map(asExample)],
  };
  const guide: OutSheet = {
    name: { zh: '填写要求', en: 'How to fill it in' }[language],
    columns: { zh: ['列名', '要求', '可填内容'], en: ['Head', 'Needed', 'What it takes'] }[language].map(
      (head, index) => ({ head, width: guideWidths[index] ?? 16 }),
    ),
    rows: [
      [marker, '', exampleRule[language]],
      ...columns.map(({ head, isNeeded, takes }) => [head, isNeeded ? needed[language] : '', takes]),
    ],
  };
  return xlsxOf(list, guide);
};

const guideWidths = [28, 12, 100];
const needed: Text = { zh: '必填', en: 'needed' };
const exampleRule: Text = {
  zh: '首列写有“示例”的行不会导入；请在其下填写，或改写该行并清空首列',
  en: 'A row that says “Example” in its first column is not imported; fill in below it, or overwrite it and clear the first column',
};

const asExample = (cell: OutCell): OutCell =>
  cell === undefined || typeof cell === 'object' ? cell : { value: cell, look: 'example' };

const templateColumns = (register: Register, kind: FactKind, language: Language): readonly TemplateColumn[] => {
  const always = new Set(neededColumns(register, kind, () => true).map(([name]) => name));
  const body = commandExample(register, kind.command);
  const fields = Object.entries(kind.takes).map(([name, field]): TemplateColumn => {
    const { options } = field;
    const titles = Object.values(options ?? {}).map((title) => title[language]);
    const choices = field.kind === 'yes-no' ? yesNo[language] : titles;
    return {
      head: field.title[language],
      isNeeded: always.has(name),
      isNumber: field.kind === 'number',
      ...(choices.length > 0 ? { options: choices } : {}),
      example:
        field.kind === 'text' ? textExample(field, body[name], language) : exampleOf(field, body[name], language),
      takes:
        choices.length > 0 ? choices.join({ zh: '、', en: ', ' }[language]) : (takes[field.kind]?.[language] ?? ''),
    };
  });
  const needsKey = register.keyFrom === undefined;
  return [
    {
      head: register.key.title[language],
      isNeeded: needsKey,
      example: register.key.example,
      takes: (needsKey ? ownKey : keyMadeUp)[language],
    },
    ...fields.filter(({ isNeeded }) => isNeeded),
    {
      head: { zh: `${kind.title.zh}日期`, en: 'Effective on' }[language],
      isNeeded: true,
      example: String(body.effectiveOn),
      takes: takes.day?.[language] ?? '',
    },
    ...fields.filter(({ isNeeded }) => !isNeeded),
    { head: { zh: '佐证', en: 'Evidence' }[language], isNeeded: false, example: undefined, takes: evidence[language] },
    { head: { zh: '备注', en: 'Note' }[language], isNeeded: false, example: undefined, takes: '' },
  ];
};

const yesNo = { zh: ['是', '否'], en: ['yes', 'no'] } as const;
const ownKey: Text = { zh: '编码原文，按文本填写', en: 'The code as the document has it, as text' };
const keyMadeUp: Text = {
  zh: '可留空，由名称或标准号生成；已有登记项的编号照填',
  en: 'May be left empty and is then made of the name or number; for an entry that exists, its key',
};
const evidence: Text = { zh: '文件名称', en: 'The title of a document' };
const takes: Readonly<Partial<Record<Field['kind'], Text>>> = {
  day: { zh: '日期，如 2020-12-22、2020年12月22日', en: 'A day such as 2020-12-22' },
  number: { zh: '数字；金额可写 1.2亿元、3500万元', en: 'A number; an amount may be 12 million yuan' },
  text: { zh: '文字，最多 500 字', en: 'Text of at most 500 characters' },
  code: { zh: '已入库企业的统一社会信用代码', en: 'The Unified Social Credit Code of an enrolled enterprise' },
  codes: { zh: '已入库企业的代码，以分号隔开', en: 'Codes of enrolled enterprises, parted by semicolons' },
  shaped: { zh: 'JSON', en: 'JSON' },
};

/** A text that is called what it is. */
const textExample = ({ title }: Field, value: Json | undefined, language: Language): OutCell =>
  value === undefined ? undefined : title[language];

const exampleOf = ({ options, kind }: Field, value: Json | undefined, language: Language): OutCell => {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return yesNo[language][value ? 0 : 1];
  if (typeof value === 'string')
    return kind === 'shaped' ? JSON.stringify(value) : (options?.[value]?.[language] ?? value);
  if (typeof value === 'number') return value;
  return isObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
};
