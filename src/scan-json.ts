import { exactNumber } from './exact-number.ts';

/** What a scan of a JSON text finds before it is parsed, in one pass and without recursion. */
export type Scan = {
  /** The deepest nesting of arrays and objects. */
  readonly deepest: number;
  /** The first name that one object has twice (RFC 8259 §4 leaves open which value counts); undefined if none does. */
  readonly repeated?: string;
  /** The first number, as written, that would be kept as another one, and its place; undefined if none would. */
  readonly inexact?: { readonly literal: string; readonly pointer: string };
};

/** An array or object that has begun: the names so far (undefined for an array), and the name or index of the place. */
type Open = { readonly names: Set<string> | undefined; at: string | number };

/** Scans any text; what it says of a text that is not JSON has no meaning. */
export const scanJson = (text: string): Scan => {
  const open: Open[] = [];
  let deepest = 0;
  let repeated: string | undefined;
  let inexact: Scan['inexact'];
  let isName = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    const within = open.at(-1);
    if (character === '"') {
      const end = endOfString(text, index);
      if (isName && within?.names !== undefined) {
        const name = unescaped(text.slice(index, end + 1));
        if (within.names.has(name)) repeated ??= name.toWellFormed();
        within.names.add(name);
        within.at = name;
      }
      index = end;
    } else if (character === '{' || character === '[') {
      isName = character === '{';
      open.push(isName ? { names: new Set(), at: '' } : { names: undefined, at: 0 });
      deepest = Math.max(deepest, open.length);
    } else if (character === '}' || character === ']') open.pop();
    else if (character === ',') {
      isName = within?.names !== undefined;
      if (typeof within?.at === 'number') within.at += 1;
    } else if (character === ':') isName = false;
    else if (/[-\d]/.test(character)) {
      const literal = literalAt(text, index);
      if (inexact === undefined && exactNumber(literal) === undefined) inexact = { literal, pointer: pointerTo(open) };
      index += literal.length - 1;
    }
  }
  return { deepest, ...(repeated === undefined ? {} : { repeated }), ...(inexact === undefined ? {} : { inexact }) };
};

/** Where the scan is, as a JSON pointer (RFC 6901). */
const pointerTo = (open: readonly Open[]): string =>
  open.map(({ at }) => `/${String(at).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** The number that begins at an index, and what else could be one. */
const literalAt = (text: string, start: number): string => {
  let end = start + 1;
  while (end < text.length && /[-+.\deE]/.test(text.charAt(end))) end += 1;
  return text.slice(start, end);
};

/** The index of the quotation mark that ends the string beginning at `start`, or of the text's end. */
const endOfString = (text: string, start: number): number => {
  let index = start + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
  return index;
};

/** A name without its escapes, which may hide that two names are the same. */
const unescaped = (literal: string): string => {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal;
  }
};
