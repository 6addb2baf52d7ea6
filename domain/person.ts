/** What cannot be seen in a name: white space, control, format and default-ignorable characters, and the blank Braille pattern. */
const unseen = /[\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Variation_Selector}\u2800]/gu;

/** What a subject is mostly made of; all of it can be seen, and NFKC changes none of it. */
const onlyAscii = /^[!-~]*$/;

/**
 * A subject in the form in which two subjects of one person are equal: NFKC, lower case, without what cannot be seen.
 * Characters that only look alike (Cyrillic і) stay apart. Empty if nothing of the subject can be seen.
 */
export const personOf = (subject: string): string => {
  if (onlyAscii.test(subject)) return subject.toLowerCase();
  const folded = seen(subject.normalize('NFKC')).toLowerCase();
  return seen(folded.normalize('NFKC'));
};

const seen = (text: string): string => text.replace(unseen, '').normalize('NFKC');

/** Whether two subjects are one person, for the rule that a second person confirms what counts. */
export const isSamePerson = (a: string, b: string): boolean => a === b || personOf(a) === personOf(b);
