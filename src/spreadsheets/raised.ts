/** Whether characters stand above or below the line. */
export type Shift = 'superscript' | 'subscript';

const marks: Readonly<Record<Shift, ReadonlyMap<string, string>>> = {
  superscript: new Map(zipped('0123456789abcdefghijklmnoprstuvwxyz', '⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ')),
  subscript: new Map(zipped('0123456789', '₀₁₂₃₄₅₆₇₈₉')),
};

function zipped(plain: string, shifted: string): readonly (readonly [string, string])[] {
  const others = [...shifted];
  return [...plain].map((character, index) => [character, others[index] ?? character]);
}

/** A text as it is seen if its characters stand above or below the line: `1` as `¹`, which may mark a footnote. */
export const raised = (text: string, shift: Shift | undefined): string =>
  shift === undefined ? text : [...text].map((character) => marks[shift].get(character) ?? character).join('');
