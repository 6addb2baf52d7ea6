import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { type PageFiles, readPage } from './files.ts';

/** The page for browsers: built from `web/` when it is first asked for, unless what is there was built from the same sources. */
export type Page = {
  /** The built page; undefined if there is none and it cannot be built here. */
  readonly files: () => Promise<PageFiles | undefined>;
};

/** This checkout of the registry. */
const ownRoot = join(import.meta.dirname, '../..');

/** The page of a checkout; a build that failed is tried again when the page is next asked for. */
export const pageIn = (log: Logger, root = ownRoot): Page => {
  let made: Promise<PageFiles | undefined> | undefined;
  return {
    files: () => {
      made ??= builtPage(root, log).catch((error: unknown) => {
        log.error({ err: error }, 'the page could not be built; the API is served all the same');
        made = undefined;
        return undefined;
      });
      return made;
    },
  };
};

/** Each build has a folder named by what it was built from, so that several processes that build at once do no harm. */
const builtPage = async (root: string, log: Logger): Promise<PageFiles | undefined> => {
  const builds = join(root, 'web/dist');
  if (!existsSync(join(root, 'web/index.html'))) return shipped(builds);
  const current = join(builds, fingerprintOf(root));
  if (!existsSync(current)) {
    if (!canBuild(root)) {
      log.warn('there is no built page, and Vite is not installed to build it; the API is served all the same');
      return undefined;
    }
    const beganMs = performance.now();
    await build(root, builds, current);
    log.info({ ms: Math.round(performance.now() - beganMs) }, 'the page was built');
  }
  return readPage(current);
};

/** A container has the build alone, without its sources. */
const shipped = (builds: string): PageFiles | undefined => {
  const [only] = existsSync(builds) ? readdirSync(builds) : [];
  return only === undefined ? undefined : readPage(join(builds, only));
};

const canBuild = (root: string): boolean => {
  try {
    createRequire(join(root, 'package.json')).resolve('vite');
    return true;
  } catch {
    return false;
  }
};

const run = promisify(execFile);

const build = async (root: string, builds: string, current: string): Promise<void> => {
  const unfinished = join(builds, `unfinished-${randomUUID()}`);
  mkdirSync(builds, { recursive: true });
  try {
    await run(process.execPath, [join(import.meta.dirname, 'building.ts'), root, unfinished], {
      env: { ...process.env, NODE_ENV: 'production' },
    });
    renameSync(unfinished, current);
  } catch (error) {
    if (!existsSync(current)) throw error; // another process has built the same
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  for (const name of readdirSync(builds)) {
    const isOld = !name.startsWith('unfinished-') && join(builds, name) !== current;
    if (isOld) rmSync(join(builds, name), { recursive: true, force: true });
  }
};

/** A hash of everything that the page is built from. */
const fingerprintOf = (root: string): string => {
  const hash = createHash('sha256');
  const files = globSync(['web/**/*.{ts,tsx,css,html,json}', 'src/page/building.ts', 'package-lock.json'], {
    cwd: root,
    exclude: ['web/dist/**'],
  });
  for (const file of files.sort()) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
};
