import type { TypedValues } from './body.ts';

/** What the registry held when a form began: the ledger's size, and the revision of the entry's stream if it has one. */
export type Base = { readonly size?: number | undefined; readonly revision?: number | undefined };

/** A form that is not recorded yet, as the browser keeps it. */
export type Draft = {
  /** The key of a new entry, as far as it is typed. */
  readonly key: string;
  readonly typed: TypedValues;
  /** Makes all that is sent from this form one command. */
  readonly idempotencyKey: string;
  /** Missing while the key is not one yet. */
  readonly base?: Base | undefined;
  /** When it was kept, as an instant. */
  readonly keptAt: string;
};

type Place = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const noRoom = (): never => {
  throw new Error('the browser keeps nothing for this page');
};

/** The browser's own; one that keeps nothing if the browser keeps nothing for this page. */
export const browserStorage = (): Place => {
  try {
    return localStorage;
  } catch {
    return { getItem: () => null, setItem: noRoom, removeItem: () => undefined };
  }
};

/** Where the draft of a form is kept: each person and each form has a place. Signing out empties the whole storage. */
export const draftPlace = (subject: string, ...form: readonly string[]): string =>
  ['draft', subject, ...form].map(encodeURIComponent).join('/');

/** The draft of a form; undefined if there is none, or none that can be read. */
export const readDraft = (storage: Place, place: string): Draft | undefined => {
  try {
    const kept: unknown = JSON.parse(storage.getItem(place) ?? 'null');
    return isDraft(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
};

const isDraft = (kept: unknown): kept is Draft => {
  if (typeof kept !== 'object' || kept === null) return false;
  const { key, typed, idempotencyKey, base = {}, keptAt } = kept as Readonly<Record<string, unknown>>;
  const areTexts = [key, idempotencyKey, keptAt].every((each) => typeof each === 'string');
  return areTexts && [typed, base].every((each) => typeof each === 'object' && each !== null);
};

/** Keeps a draft; says whether the browser had room for it. */
export const keepDraft = (storage: Place, place: string, draft: Draft): boolean => {
  try {
    storage.setItem(place, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
};

export const dropDraft = (storage: Place, place: string): void => storage.removeItem(place);

/** A key that no other form has; `crypto.randomUUID` is missing where a page is served without TLS. */
export const newIdempotencyKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
