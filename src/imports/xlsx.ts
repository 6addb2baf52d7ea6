import type { Readable } from 'node:stream';
import { SaxesParser } from 'saxes';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { dayIn } from './cells.ts';
import { dayOfSerial, showsDays, showsPercent } from './serial-days.ts';
import {
  type Cell,
  columnLimit,
  type Merge,
  mergeLimit,
  type Sheet,
  SheetFault,
  type SheetRow,
  tooManyColumns,
  type Workbook,
} from './sheet.ts';

/** A list of 100,000 rows and 30 columns takes a quarter of this. */
const unpackedLimitBytes = 512 * 1_048_576;
const partsLimit = 10_000;
/** Texts that cells share are held in memory. */
const sharedLimitCharacters = 48 * 1_048_576;
const sharedLimitTexts = 2_000_000;
/** A cell holds at most 32,767 characters: what goes on longer without a tag is no sheet. */
const tagWithinCharacters = 1_048_576;

const notValid = () => new SheetFault('文件不是有效的 XLSX', 'The file is not a valid XLSX');
const bomb = () =>
  new SheetFault(
    `文件解压后超过 ${unpackedLimitBytes / 1_048_576} MiB，不予读取`,
    `Unpacked the file is larger than ${unpackedLimitBytes / 1_048_576} MiB and is not read`,
  );

/** Opens an XLSX (ECMA-376, transitional or strict) and reads its sheets as they are asked for, row by row. */
export const openXlsx = async (path: string): Promise<Workbook> => {
  const zip = await asFault(() => yauzl.openPromise(path, { autoClose: false, lazyEntries: true }));
  try {
    const parts = await partsOf(zip);
    return await workbookOf(zip, parts);
  } catch (error) {
    zip.close();
    throw error;
  }
};

type Parts = ReadonlyMap<string, Entry>;

/** The workbook's parts by name, once their declared sizes are known to be bearable; yauzl sees that they are true. */
const partsOf = async (zip: ZipFile): Promise<Parts> => {
  if (zip.entryCount > partsLimit) throw notValid();
  const parts = new Map<string, Entry>();
  let unpackedBytes = 0;
  await asFault(async () => {
    for await (const entry of zip.eachEntry()) {
      if (entry.isEncrypted()) throw locked();
      const isRead = /\.(xml|rels)$/i.test(entry.fileName);
      if (isRead) unpackedBytes += entry.uncompressedSize;
      if (unpackedBytes > unpackedLimitBytes) throw bomb();
      parts.set(entry.fileName.toLowerCase(), entry);
    }
  });
  return parts;
};

const locked = () => new SheetFault('文件有密码保护', 'The file is protected by a password');

/** What the ZIP or XML library finds wrong is wrong with the file. */
const asFault = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SheetFault || isOfTheMachine(error)) throw error;
    throw notValid();
  }
};

const isOfTheMachine = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && typeof error.syscall === 'string';

const workbookOf = async (zip: ZipFile, parts: Parts): Promise<Workbook> => {
  const partNamed = (name: string) => parts.get(name.toLowerCase());
  const eventsOf = (name: string, handlers: Handlers) => {
    const part = partNamed(name);
    return part === undefined ? undefined : asFault(async () => drain(elements(await open(zip, part), handlers)));
  };
  const root = await targetsOf(eventsOf, '', '_rels/.rels');
  const main = [...root.values()].find(({ type }) => type.endsWith('/officeDocument'))?.target ?? 'xl/workbook.xml';
  if (main.endsWith('.bin')) {
    throw new SheetFault('XLSB 不支持，请另存为 XLSX', 'XLSB is not supported; save the file as XLSX');
  }
  const folder = main.slice(0, main.lastIndexOf('/') + 1);
  const found = await targetsOf(eventsOf, folder, `${folder}_rels/${main.slice(folder.length)}.rels`);
  const partOfType = (type: string) => [...found.values()].find((each) => each.type.endsWith(type))?.target;

  let date1904 = false;
  const listed: { readonly name: string; readonly part: string }[] = [];
  if (parts.has('mimetype'))
    throw new SheetFault('ODS 不支持，请另存为 XLSX', 'ODS is not supported; save the file as XLSX');
  if (partNamed(main) === undefined) throw notValid();
  await eventsOf(main, {
    open: (tag, attributes) => {
      if (tag === 'workbookPr') date1904 = ['1', 'true'].includes(attributes.date1904 ?? '');
      if (tag !== 'sheet') return;
      const [, id = ''] = Object.entries(attributes).find(([name]) => name.endsWith(':id')) ?? [];
      const relation = found.get(id);
      const hidden = attributes.state === 'hidden' || attributes.state === 'veryHidden';
      if (relation?.type.endsWith('/worksheet') && !hidden)
        listed.push({ name: attributes.name ?? '', part: relation.target });
    },
  });

  const formats = await formatsIn(eventsOf, partOfType('/styles'));
  const shared = await sharedIn(eventsOf, partOfType('/sharedStrings'));
  const sheets = listed.flatMap(({ name, part }): readonly Sheet[] => {
    const entry = partNamed(part);
    return entry === undefined ? [] : [sheetOf(zip, entry, name, { date1904, formats, shared })];
  });
  return { sheets, date1904, close: async () => zip.close() };
};

type EventsOf = (name: string, handlers: Handlers) => Promise<void> | undefined;

/** A part's relationships by id, each with the name of the part that it leads to. */
const targetsOf = async (eventsOf: EventsOf, folder: string, name: string) => {
  const targets = new Map<string, { readonly type: string; readonly target: string }>();
  await eventsOf(name, {
    open: (tag, { Id: id, Type: type, Target: target }) => {
      if (tag !== 'Relationship' || id === undefined || type === undefined || target === undefined) return;
      const path = URL.parse(target, `zip:///${folder}`)?.pathname ?? '';
      targets.set(id, { type, target: decodeURIComponent(path).slice(1) });
    },
  });
  return targets;
};

type Shown = 'day' | 'percent' | undefined;

/** How each style shows numbers. */
const formatsIn = async (eventsOf: EventsOf, part: string | undefined): Promise<readonly Shown[]> => {
  const custom = new Map<number, string>();
  const shown: Shown[] = [];
  let inCells = false;
  const handlers: Handlers = {
    open: (tag, attributes) => {
      const id = Number(attributes.numFmtId ?? 0);
      if (tag === 'numFmt') custom.set(id, attributes.formatCode ?? '');
      else if (tag === 'cellXfs') inCells = true;
      else if (tag === 'xf' && inCells) {
        const format = custom.get(id);
        shown.push(showsDays(id, format) ? 'day' : showsPercent(id, format) ? 'percent' : undefined);
      }
    },
    close: (tag) => {
      if (tag === 'cellXfs') inCells = false;
    },
  };
  if (part !== undefined) await eventsOf(part, handlers);
  return shown;
};

/** The texts that cells share; how a text is pronounced is no part of it. */
const sharedIn = async (eventsOf: EventsOf, part: string | undefined): Promise<readonly string[]> => {
  const texts: string[] = [];
  let characters = 0;
  const text = textGatherer();
  const handlers: Handlers = {
    open: (tag) => {
      if (tag === 'si') text.clear();
      else text.open(tag);
    },
    text: text.add,
    close: (tag) => {
      text.close(tag);
      if (tag !== 'si') return;
      const whole = text.whole();
      characters += whole.length;
      if (characters > sharedLimitCharacters || texts.push(whole) > sharedLimitTexts) throw bomb();
    },
  };
  if (part !== undefined) await eventsOf(part, handlers);
  return texts;
};

/** Gathers what stands in `t` elements, but for phonetic runs. */
const textGatherer = () => {
  let gathered = '';
  let inText = false;
  let inPhonetic = false;
  return {
    clear: () => {
      gathered = '';
    },
    open: (tag: string) => {
      if (tag === 'rPh') inPhonetic = true;
      else if (tag === 't') inText = !inPhonetic;
    },
    add: (piece: string) => {
      if (inText) gathered += piece;
    },
    close: (tag: string) => {
      if (tag === 'rPh') inPhonetic = false;
      else if (tag === 't') inText = false;
    },
    /** `_x000D_` stands for a character that XML can't hold (ECMA-376 part 1, 22.4.2.4). */
    whole: () =>
      gathered.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  };
};

type Reading = {
  readonly date1904: boolean;
  readonly formats: readonly Shown[];
  readonly shared: readonly string[];
};

const sheetOf = (zip: ZipFile, part: Entry, name: string, reading: Reading): Sheet => ({
  name,
  rows: async function* () {
    const ready: SheetRow[] = [];
    const stream = await asFault(() => open(zip, part));
    const pieces = elements(
      stream,
      rowHandlers(reading, (row) => ready.push(row)),
    )[Symbol.asyncIterator]();
    try {
      while (!(await asFault(() => pieces.next())).done) yield* ready.splice(0);
      yield* ready;
    } finally {
      stream.destroy();
    }
  },
  merges: async () => {
    const merges: Merge[] = [];
    const handlers: Handlers = {
      open: (tag, { ref = '' }) => {
        const range = tag === 'mergeCell' ? rangeIn(ref) : undefined;
        if (range !== undefined && merges.push(range) > mergeLimit) throw notValid();
      },
    };
    await asFault(async () => drain(elements(await open(zip, part), handlers)));
    return merges;
  },
});

type CellSeen = {
  readonly column: number;
  readonly type: string;
  readonly style: number;
  hasFormula: boolean;
  value: string;
};

/** Follows the elements of a worksheet and gives its rows with something in them. */
const rowHandlers = (reading: Reading, row: (row: SheetRow) => void): Handlers => {
  const text = textGatherer();
  let line = 0;
  let column = 0;
  let cells: Cell[] = [];
  let cell: CellSeen | undefined;
  let inValue = false;
  return {
    open: (tag, attributes) => {
      switch (tag) {
        case 'row':
          line = Number(attributes.r ?? line + 1);
          column = 0;
          cells = [];
          return;
        case 'c': {
          column = columnIn(attributes.r) ?? column + 1;
          cell = { column, type: attributes.t ?? 'n', style: Number(attributes.s ?? 0), hasFormula: false, value: '' };
          text.clear();
          return;
        }
        case 'f':
          if (cell !== undefined) cell.hasFormula = true;
          return;
        case 'v':
          inValue = true;
          return;
        default:
          text.open(tag);
      }
    },
    text: (piece) => {
      if (inValue && cell !== undefined) cell.value += piece;
      text.add(piece);
    },
    close: (tag) => {
      text.close(tag);
      if (tag === 'v') inValue = false;
      if (tag === 'c' && cell !== undefined) {
        const value = cellOf(cell, text.whole(), reading);
        if (value !== undefined && cell.column > columnLimit) throw tooManyColumns();
        if (value !== undefined) {
          while (cells.length < cell.column) cells.push('');
          cells[cell.column - 1] = value;
        }
        cell = undefined;
      }
      if (tag === 'row' && cells.length > 0) row({ line, cells });
    },
  };
};

const cellOf = ({ type, style, hasFormula, value }: CellSeen, inline: string, reading: Reading): Cell | undefined => {
  switch (type) {
    case 's':
      return reading.shared[Number(value)] || undefined;
    case 'inlineStr':
      return inline || undefined;
    case 'e':
      return { unreadable: value };
    case 'b':
      return value === '1' ? 'TRUE' : 'FALSE';
    case 'd': {
      const day = dayIn(value);
      return day === undefined ? value || undefined : { day };
    }
    case 'str':
      return value || undefined;
    default: {
      if (value === '') return hasFormula ? { unreadable: '=' } : undefined;
      const number = Number(value);
      if (!Number.isFinite(number)) return { unreadable: value };
      const shown = reading.formats[style];
      const day = shown === 'day' ? dayOfSerial(number, reading.date1904) : undefined;
      if (day !== undefined) return { day };
      return shown === 'percent' ? `${Number((number * 100).toPrecision(12))}%` : number;
    }
  }
};

/** The column of a reference such as `AB12`, from 1. */
const columnIn = (reference: string | undefined): number | undefined => {
  const [, letters] = /^([A-Z]{1,3})\d*$/.exec(reference ?? '') ?? [];
  return letters === undefined
    ? undefined
    : [...letters].reduce((column, letter) => column * 26 + letter.charCodeAt(0) - 64, 0);
};

const rangeIn = (reference: string): Merge | undefined => {
  const [, from, top, to, bottom] = /^([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})$/.exec(reference) ?? [];
  const left = columnIn(from);
  const right = columnIn(to);
  return left === undefined || right === undefined
    ? undefined
    : { top: Number(top), bottom: Number(bottom), left, right };
};

const open = (zip: ZipFile, part: Entry): Promise<Readable> => zip.openReadStreamPromise(part);

type Handlers = {
  readonly open: (tag: string, attributes: Readonly<Record<string, string>>) => void;
  readonly text?: (piece: string) => void;
  readonly close?: (tag: string) => void;
};

/** Parses XML as it comes, and pauses after every piece of it. */
async function* elements(stream: Readable, { open, text, close }: Handlers): AsyncIterable<void> {
  const parser = new SaxesParser<{ xmlns: false }>({ xmlns: false });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let sinceTag = 0;
  const local = (name: string) => name.slice(name.indexOf(':') + 1);
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    sinceTag = 0;
    open(local(name), attributes);
  });
  parser.on('closetag', ({ name }) => {
    sinceTag = 0;
    close?.(local(name));
  });
  if (text !== undefined) {
    parser.on('text', text);
    parser.on('cdata', text);
  }
  for await (const chunk of stream) {
    const piece = decoder.decode(chunk, { stream: true });
    sinceTag += piece.length;
    if (sinceTag > tagWithinCharacters) throw notValid();
    parser.write(piece);
    yield;
  }
  parser.close();
}

const drain = async (pieces: AsyncIterable<void>): Promise<void> => {
  for await (const _ of pieces);
};
