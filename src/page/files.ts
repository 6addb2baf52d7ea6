import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';

/** A file of the built page, with what it is compressed to. */
export type PageFile = {
  readonly type: string;
  readonly bytes: Buffer;
  readonly br?: Buffer;
  readonly gzip?: Buffer;
};

/** The built page: its document, into which each answer writes its own nonce, and its files by their names. */
export type PageFiles = {
  readonly document: string;
  readonly assets: ReadonlyMap<string, PageFile>;
  /** The file that checks a folder for auditors in a browser. */
  readonly verifier?: Buffer;
};

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Whether a file of the page becomes smaller; pictures and fonts are compressed already. */
export const isCompressible = (name: string): boolean => /^assets[/\\].*\.(css|js|svg)$/.test(name);

/** Reads what the build has left in a folder. */
export const readPage = (folder: string): PageFiles => {
  const names = readdirSync(join(folder, 'assets'), { recursive: true, encoding: 'utf8' });
  const known = new Set(names);
  const read = (name: string) => readFileSync(join(folder, 'assets', name));
  const assets = names
    .filter((name) => types[extname(name)] !== undefined)
    .map((name): readonly [string, PageFile] => [
      name.split(sep).join('/'),
      {
        type: types[extname(name)] ?? '',
        bytes: read(name),
        ...(known.has(`${name}.br`) ? { br: read(`${name}.br`) } : {}),
        ...(known.has(`${name}.gz`) ? { gzip: read(`${name}.gz`) } : {}),
      },
    ]);
  const verifier = join(folder, 'verify.html');
  return {
    document: readFileSync(join(folder, 'index.html'), 'utf8'),
    assets: new Map(assets),
    ...(existsSync(verifier) ? { verifier: readFileSync(verifier) } : {}),
  };
};
