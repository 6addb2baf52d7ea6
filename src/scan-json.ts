/** What a scan of a JSON text finds before it is parsed, in one pass and without recursion. */
export type Scan = {
  /** The deepest nesting of arrays and objects. */
  readonly deepest: number;
  /** The first name that one object has twice (RFC 8259 §4 leaves open which value counts); undefined if none does. */
  readonly repeated?: string;
};

/** Scans any text; what it says of a text that is not JSON has no meaning. */
export const scanJson = (text: string): Scan => {
  /** The names so far of each open object; undefined for an open array. */
  const open: (Set<string> | undefined)[] = [];
  let deepest = 0;
  let repeated: string | undefined;
  let isName = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    const names = open.at(-1);
    if (character === '"') {
      const end = endOfString(text, index);
      if (isName && names !== undefined) {
        const name = unescaped(text.slice(index, end + 1));
        if (names.has(name)) repeated ??= name.toWellFormed();
        names.add(name);
      }
      index = end;
    } else if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined);
      deepest = Math.max(deepest, open.length);
      isName = character === '{';
    } else if (character === '}' || character === ']') open.pop();
    else if (character === ',') isName = names !== undefined;
    else if (character === ':') isName = false;
  }
  return { deepest, ...(repeated === undefined ? {} : { repeated }) };
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
