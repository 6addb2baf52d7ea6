/** How else a subject can be written, for the same person by the rule of the second person; each with its name. */
export const spellings: readonly (readonly [how: string, written: (subject: string) => string])[] = [
  ['as it is', (subject) => subject],
  ['in capitals', (subject) => subject.toUpperCase()],
  ['in small letters', (subject) => subject.toLowerCase()],
  ['in full width', (subject) => subject.replace(/[!-~]/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0))],
  ['decomposed', (subject) => subject.normalize('NFD')],
  ['composed', (subject) => subject.normalize('NFC')],
  ...[
    ['a space', ' '],
    ['a no-break space', '\u00a0'],
    ['an ideographic space', '\u3000'],
    ['a zero-width space', '\u200b'],
    ['a zero-width joiner', '\u200d'],
    ['a byte order mark', '\ufeff'],
    ['a soft hyphen', '\u00ad'],
    ['a bidirectional control', '\u202e'],
    ['a variation selector', '\ufe00'],
    ['an ideographic variation selector', '\u{e0100}'],
    ['a Hangul filler', '\u3164'],
    ['a half-width Hangul filler', '\uffa0'],
    ['a blank Braille pattern', '\u2800'],
    ['a tag character', '\u{e0061}'],
    ['a combining grapheme joiner', '\u034f'],
  ].map(
    ([how = '', unseen]) =>
      [`with ${how}`, (subject: string) => `${subject.slice(0, 3)}${unseen}${subject.slice(3)}`] as const,
  ),
];
