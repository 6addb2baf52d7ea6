import { createInterface } from 'node:readline';
import { newFolder, start } from './command-line.ts';

/** Starts a demo and waits until it has said how to try it. */
export const startDemo = async (...args: readonly string[]) => {
  const folder = newFolder();
  const child = start('./registry', ['demo', ...args], folder, { TMPDIR: folder });
  child.stderr.resume();
  let address = '';
  let token = '';
  for await (const line of createInterface({ input: child.stdout })) {
    address ||= /^Page: (.*)\/$/.exec(line)?.[1] ?? '';
    token ||= /^auditor +(eyJ.*)$/.exec(line)?.[1] ?? '';
    if (line.startsWith('curl')) break;
  }
  const ask = (path: string, accept: string) =>
    fetch(`${address}/api/v1${path}`, { headers: { authorization: `Bearer ${token}`, accept } });
  const get = async (path: string) => {
    return (await (await ask(path, 'application/json')).json()) as {
      readonly items: readonly Readonly<Record<string, unknown>>[];
      readonly total: number;
    };
  };
  const page = async () => (await fetch(`${address}/`, { headers: { accept: 'text/html' } })).text();
  /** The NDJSON feed from the first event on. */
  const feed = async () => (await ask('/events', 'application/x-ndjson')).text();
  return { get, page, feed };
};
