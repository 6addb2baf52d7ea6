import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

/** What programs of others read in a PDF: poppler, qpdf and zbar, as Debian packages them. */

const programs = ['pdftotext', 'pdffonts', 'pdfinfo', 'pdfdetach', 'pdftoppm', 'qpdf', 'zbarimg'];
const missing = programs.filter((program) => spawnSync(program, ['--version']).error !== undefined);

/** Skips a test loudly on a machine without them; the build service must have them. */
export const needsPdfTools = ({ skip }: Pick<TestContext, 'skip'>): void => {
  if (missing.length > 0 && process.env.CI !== undefined) throw new Error(`not installed: ${missing.join(', ')}`);
  if (missing.length > 0) skip(`not installed: ${missing.join(', ')} (apt-get install poppler-utils qpdf zbar-tools)`);
};

export type Pdf = {
  /** Its text, each run of white space as one space. */
  readonly text: string;
  readonly pages: number;
  readonly title: string;
  /** A line for each of its fonts: whether it is embedded, a subset, and has a map to Unicode. */
  readonly fonts: readonly { readonly name: string; readonly flags: string }[];
  /** The files in it, by their names. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** What its QR code says. */
  readonly code: string;
  /** All its objects, uncompressed. */
  readonly plain: string;
};

/** A PDF as these programs read it, each when it is asked. Throws if one of them finds a fault. */
export const readPdf = (bytes: Uint8Array): Pdf => {
  const info = (name: string): string =>
    new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(inFolder(bytes, (file) => run('pdfinfo', file)))?.[1] ?? '';
  return {
    get text() {
      return inFolder(bytes, (file) => run('pdftotext', '-layout', file, '-')).replaceAll(/\s+/g, ' ');
    },
    get pages() {
      return Number(info('Pages'));
    },
    get title() {
      return info('Title');
    },
    get fonts() {
      const lines = inFolder(bytes, (file) => run('pdffonts', file))
        .split('\n')
        .slice(2, -1);
      return lines.map((line) => ({
        name: line.split(/\s+/)[0] ?? '',
        flags: /(yes|no) (yes|no) (yes|no)/.exec(line)?.[0] ?? '',
      }));
    },
    get files() {
      return inFolder(bytes, (file, folder) => {
        run('pdfdetach', '-saveall', '-o', folder, file);
        const names = readdirSync(folder).filter((name) => name !== pdfName);
        return new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
      });
    },
    get code() {
      return inFolder(bytes, (file, folder) => {
        run('pdftoppm', '-r', '100', '-gray', '-singlefile', file, join(folder, 'page'));
        return run('zbarimg', '--quiet', '--raw', join(folder, 'page.pgm')).trimEnd();
      });
    },
    get plain() {
      return inFolder(bytes, (file) => {
        run('qpdf', '--check', file);
        return run('qpdf', '--qdf', '--object-streams=disable', file, '-');
      });
    },
  };
};

const pdfName = 'it.pdf';

const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** Does the work with the PDF as a file, alone in a folder that is removed afterwards. */
const inFolder = <T>(bytes: Uint8Array, work: (file: string, folder: string) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), 'registry-pdf-'));
  const file = join(folder, pdfName);
  writeFileSync(file, bytes);
  try {
    return work(file, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
