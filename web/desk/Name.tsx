import { useNameOf } from './names.ts';

/** What a person is called, in a line of text. */
export const Name = ({ subject }: { readonly subject: string }) => useNameOf(subject);
