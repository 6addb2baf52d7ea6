import { ApiProblem, atBase, Offline, type Query, urlOf } from '../../api.ts';
import type { Language } from '../../words/words.ts';

/** Reads what the server sends that is no JSON. Rejects as `ask` does. */
const bytesAt = async (url: string, language: Language, accept = '*/*'): Promise<Uint8Array> => {
  const response = await fetch(url, { headers: { accept, 'accept-language': language } }).catch(() => {
    throw new Offline();
  });
  if (!response.ok) throw new ApiProblem(response, await response.json().catch(() => ({})));
  return new Uint8Array(await response.arrayBuffer());
};

export const bytesOfApi = (path: string, language: Language, query: Query = {}, accept?: string) =>
  bytesAt(urlOf(path, query), language, accept);

export const checkpointBytes = (language: Language) => bytesAt(atBase('/ledger/checkpoint'), language);

/** A tile of the ledger, by its path below `/ledger/`; undefined if the server has none. */
export const tileBytes = (language: Language) => async (path: string) => {
  try {
    return await bytesAt(atBase(`/ledger/${path}`), language);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return undefined;
    throw error;
  }
};
