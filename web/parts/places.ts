import type { Breakdown, DeclaredRegister, Titles } from '../answers.ts';

/** Where each district stands on the map of tiles: column, row and how many rows it is high. */
export const tiles: Readonly<Record<string, readonly [column: number, row: number, height?: number]>> = {
  chongming: [4, 1],
  jiading: [2, 2],
  baoshan: [3, 2],
  putuo: [2, 3],
  jingan: [3, 3],
  hongkou: [4, 3],
  yangpu: [5, 3],
  qingpu: [1, 4],
  changning: [2, 4],
  xuhui: [3, 4],
  huangpu: [4, 4],
  pudong: [5, 4, 3],
  songjiang: [2, 5],
  minhang: [3, 5],
  jinshan: [2, 6],
  fengxian: [3, 6],
};

export type Choice = { readonly value: string; readonly title: Titles };

/** The values of a field that several registers have, such as the sector, from the first declaration that has it. */
export const choicesOf = (registers: readonly DeclaredRegister[], name: string): readonly Choice[] =>
  registers.flatMap(({ fields }) => fields).find((field) => field.name === name && field.options !== undefined)
    ?.options ?? [];

export type Cell = Breakdown['targets'][number]['cells'][number];

/** The sum of the cells that a test accepts. */
export const sumOf = (cells: readonly Cell[], accepts: (cell: Cell) => boolean): number =>
  cells.reduce((sum, cell) => (accepts(cell) ? sum + cell.count : sum), 0);

/** A step of heat, 1 to 5, for a count; 0 for none. */
export const heatOf = (count: number, highest: number): number =>
  count <= 0 ? 0 : Math.max(1, Math.ceil((5 * count) / Math.max(1, highest)));

const syllable = /([aeiou](?:ng|n)?)(?=(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])[aeiou])/g;

/** A name in Pinyin that may break between its syllables, with a hyphen, if it has no room. */
export const breakable = (name: string): string => name.replace(syllable, '$1\u00ad');
