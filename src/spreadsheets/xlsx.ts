import yauzl, { type Entry } from 'yauzl';
import { showerOf, textShowerOf } from './number-formats.ts';
import {
  type Merge,
  mergeLimit,
  refuseLongAround,
  type Sheet,
  SheetFault,
  type SheetRow,
  type Workbook,
} from './sheet.ts';
import { bomb, type Open, openerOf, type Parts, partsOf } from './xlsx-archive.ts';
import {
  hiddenColumnsIn,
  isPageText,
  isSet,
  isStrike,
  type Reading,
  type RichText,
  rangeIn,
  rowHandlers,
  textGatherer,
  textsOfPage,
} from './xlsx-sheet.ts';
import { asFault, drain, elements, type Handlers, notValid } from './xml.ts';

const sheetsLimit = 1_000;
/** The texts that cells share are all held in memory. */
const sharedLimitCharacters = 48 * 1_048_576;
const sharedLimitTexts = 2_000_000;
const refuseLongShared = (characters: number): void => {
  if (characters > sharedLimitCharacters) throw bomb();
};
/** A sheet has no more columns, each of which may have an element of its own. */
const columnsLimit = 16_384;
/** Opens an XLSX (ECMA-376, transitional or strict) and reads its sheets on demand, row by row. */
export const openXlsx = async (path: string): Promise<Workbook> => {
  const zip = await asFault(() => yauzl.openPromise(path, { autoClose: false, lazyEntries: true }));
  try {
    const parts = await partsOf(zip);
    return await workbookOf(openerOf(zip), parts, async () => zip.close());
  } catch (error) {
    zip.close();
    throw error;
  }
};

const workbookOf = async (open: Open, parts: Parts, close: Workbook['close']): Promise<Workbook> => {
  const partNamed = (name: string) => parts.get(name.toLowerCase());
  const eventsOf = (name: string, handlers: Handlers) => {
    const part = partNamed(name);
    return part === undefined ? undefined : asFault(async () => drain(elements(await open(part), handlers)));
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
  const listed: { readonly name: string; readonly part: string; readonly isHidden: boolean }[] = [];
  if (parts.has('mimetype'))
    throw new SheetFault('ODS 不支持，请另存为 XLSX', 'ODS is not supported; save the file as XLSX');
  if (partNamed(main) === undefined) throw notValid();
  await eventsOf(main, {
    open: (tag, attributes) => {
      if (tag === 'workbookPr') date1904 = isSet(attributes.date1904);
      if (tag !== 'sheet') return;
      const [, id = ''] = Object.entries(attributes).find(([name]) => name.endsWith(':id')) ?? [];
      const relation = found.get(id);
      if (relation === undefined) throw notValid();
      const isHidden = attributes.state === 'hidden' || attributes.state === 'veryHidden';
      if (relation.type.endsWith('/worksheet'))
        listed.push({ name: attributes.name ?? '', part: relation.target, isHidden });
    },
  });

  // Excel gives each sheet a part of its own; a part under many names would be read as often.
  if (listed.length > sheetsLimit || new Set(listed.map(({ part }) => part.toLowerCase())).size < listed.length)
    throw notValid();
  const styles = await stylesIn(eventsOf, partOfType('/styles'));
  const shared = await textsIn(eventsOf, partOfType('/sharedStrings'), 'si', refuseLongShared);
  const sheets = listed.map(({ name, part, isHidden }): Sheet => {
    const entry = partNamed(part);
    if (entry === undefined) throw notValid();
    const sheet = sheetOf(open, entry, name, { date1904, ...styles, shared }, () => notesOn(eventsOf, part));
    return { ...sheet, ...(isHidden ? { isHidden } : {}) };
  });
  return { sheets, date1904, close };
};

type EventsOf = (name: string, handlers: Handlers) => Promise<void> | undefined;

/** A part's relationships by id, each with the name of its target part. */
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

/** How each style shows numbers and texts, and which strike out. */
const stylesIn = async (
  eventsOf: EventsOf,
  part: string | undefined,
): Promise<Pick<Reading, 'formats' | 'textFormats' | 'struckOut'>> => {
  const custom = new Map<number, string>();
  const formats: Reading['formats'][number][] = [];
  const textFormats: Reading['textFormats'][number][] = [];
  const struckOut = new Set<number>();
  const fontsStruckOut = new Set<number>();
  let fonts = 0;
  let within = '';
  const handlers: Handlers = {
    open: (tag, attributes) => {
      if (tag === 'numFmt') custom.set(Number(attributes.numFmtId ?? 0), attributes.formatCode ?? '');
      else if (tag === 'fonts' || tag === 'cellXfs') within = tag;
      else if (within === 'fonts' && tag === 'font') fonts += 1;
      else if (within === 'fonts' && isStrike(tag, attributes)) fontsStruckOut.add(fonts - 1);
      else if (within === 'cellXfs' && tag === 'xf') {
        const id = Number(attributes.numFmtId ?? 0);
        if (fontsStruckOut.has(Number(attributes.fontId ?? 0))) struckOut.add(formats.length);
        formats.push(showerOf(id, custom.get(id)));
        textFormats.push(textShowerOf(custom.get(id)));
      }
    },
    close: (tag) => {
      if (tag === within) within = '';
    },
  };
  if (part !== undefined) await eventsOf(part, handlers);
  return { formats, textFormats, struckOut };
};

/** The texts in elements of a part, such as those that cells share, without their phonetic readings. */
const textsIn = async (
  eventsOf: EventsOf,
  part: string | undefined,
  element: string,
  refuseLong: (characters: number) => void,
): Promise<readonly RichText[]> => {
  const texts: RichText[] = [];
  let characters = 0;
  const text = textGatherer();
  const handlers: Handlers = {
    open: (tag, attributes) => {
      if (tag === element) text.clear();
      else text.open(tag, attributes);
    },
    text: (piece) => {
      characters += piece.length;
      refuseLong(characters);
      text.add(piece);
    },
    close: (tag) => {
      text.close(tag);
      if (tag !== element) return;
      if (texts.push(text.whole()) > sharedLimitTexts) throw bomb();
    },
  };
  if (part !== undefined) await eventsOf(part, handlers);
  return texts;
};

/** The comments on a sheet's cells, and the texts in boxes on it (ECMA-376 part 1, 20.5.2.33). */
const notesOn = async (eventsOf: EventsOf, sheet: string): Promise<readonly string[]> => {
  const [folder = '', file = ''] = [
    sheet.slice(0, sheet.lastIndexOf('/') + 1),
    sheet.slice(sheet.lastIndexOf('/') + 1),
  ];
  const found = [...(await targetsOf(eventsOf, folder, `${folder}_rels/${file}.rels`)).values()];
  const partOfType = (name: string) => found.find(({ type }) => type.endsWith(name))?.target;
  const notes = [
    ...(await textsIn(eventsOf, partOfType('/comments'), 'comment', refuseLongAround)),
    ...(await textsIn(eventsOf, partOfType('/drawing'), 'txBody', refuseLongAround)),
  ];
  return notes.map(({ text }) => text);
};

const sheetOf = (open: Open, part: Entry, name: string, reading: Reading, notes: Sheet['around']): Sheet => {
  const afterCells = once(() => afterCellsIn(open, part));
  return {
    name,
    rows: async function* () {
      const ready: SheetRow[] = [];
      const stream = await asFault(() => open(part));
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
    merges: async () => (await afterCells()).merges,
    around: async () => [...(await afterCells()).pageTexts, ...(await notes())],
    hiddenColumns: async () => {
      const hidden = new Set<number>();
      let columns = 0;
      let isOver = false;
      const stream = await asFault(() => open(part));
      const handlers: Handlers = {
        open: (tag, attributes) => {
          isOver ||= tag === 'sheetData';
          if (tag === 'col' && ++columns > columnsLimit) throw notValid();
          for (const column of hiddenColumnsIn(tag, attributes)) hidden.add(column);
        },
      };
      await asFault(async () => {
        for await (const _ of elements(stream, handlers)) if (isOver) break;
      });
      stream.destroy();
      return [...hidden];
    },
  };
};

/** What a worksheet says after its cells: which are merged, and the texts that its pages have above and below. */
const afterCellsIn = async (open: Open, part: Entry) => {
  const merges: Merge[] = [];
  const pageTexts: string[] = [];
  let pageText: string | undefined;
  let characters = 0;
  const handlers: Handlers = {
    open: (tag, { ref = '' }) => {
      const range = tag === 'mergeCell' ? rangeIn(ref) : undefined;
      if (range !== undefined && merges.push(range) > mergeLimit) throw notValid();
      if (isPageText(tag)) pageText = '';
    },
    text: (piece) => {
      if (pageText === undefined) return;
      pageText += piece;
      characters += piece.length;
      refuseLongAround(characters);
    },
    close: (tag) => {
      if (pageText === undefined || !isPageText(tag)) return;
      pageTexts.push(...textsOfPage(pageText));
      pageText = undefined;
    },
  };
  await asFault(async () => drain(elements(await open(part), handlers)));
  return { merges, pageTexts };
};

/** Merges are after all rows: they are read once. */
const once = <T>(read: () => Promise<T>): (() => Promise<T>) => {
  let known: Promise<T> | undefined;
  return () => {
    known ??= read();
    return known;
  };
};
