import { z } from 'zod';
import { cosignatureVerifier } from './cosignature.ts';
import type { AskedWitness } from './witness-client.ts';

const timeoutMs = 5_000;

const witnessesIn = (text: string): readonly AskedWitness[] | undefined => {
  const all = text === 'none' ? [] : text.split(',').map((pair) => witnessIn(pair.trim()));
  const sound = all.filter((witness) => witness !== undefined);
  return sound.length === all.length ? sound : undefined;
};

const witnessIn = (pair: string): AskedWitness | undefined => {
  const [url = '', verifierKey = '', ...more] = pair.split(/\s+/);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url) || more.length > 0) return undefined;
  const key = cosignatureVerifier(verifierKey);
  return 'fault' in key ? undefined : { url, key, timeoutMs };
};

/** Witnesses as a setting names them: none, or pairs of a URL and a verifier key with a space between, separated by commas. */
export const witnessesSetting = z
  .string()
  .transform(witnessesIn)
  .refine(
    (witnesses) => witnesses !== undefined,
    'expected none, or pairs of a URL and a verifier key such as https://witness.example.org witness.example.org+1a2b3c4d+BA…, separated by commas',
  )
  .default([]);
