import { useNameOf } from '../names.ts';

/** A person by name. */
export const Person = ({ subject }: { readonly subject: string }) => <bdi>{useNameOf(subject)}</bdi>;
