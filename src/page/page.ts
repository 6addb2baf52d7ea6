import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
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

/** A build that failed is tried again after this long: it takes seconds of a core, and anybody may ask for the page. */
const againAfterMs = 60_000;

/** The page of a checkout. */
export const pageIn = (log: Logger, root = ownRoot, now: () => number = () => performance.now()): Page => {
  let failedAtMs = Number.NEGATIVE_INFINITY;
  let made: Promise<PageFiles | undefined> | undefined;
  return {
    files: () => {
      if (made === undefined && now() - failedAtMs < againAfterMs) return Promise.resolve(undefined);
      made ??= builtPage(root, log).catch((error: unknown) => {
        log.error({ err: error }, 'the page could not be built; the API is served all the same');
        made = undefined;
        failedAtMs = now();
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

/** What an unfinished build has not changed for this long was left by a process that was killed. */
const longestBuildMs = 10 * 60_000;

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
    const folder = join(builds, name);
    const isAbandoned = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0) > longestBuildMs;
    if (folder === current || (name.startsWith('unfinished-') && !isAbandoned)) continue;
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Everything that the page and the verifier file are built from. */
const built = [
  'web/**/*.{ts,tsx,css,html,json}',
  '{domain,src/bundle,src/ledger}/**/*.ts',
  'src/page/building.ts',
  'package.json',
  'package-lock.json',
];

/** A hash of it. */
const fingerprintOf = (root: string): string => {
  const hash = createHash('sha256');
  const files = globSync(built, {
    cwd: root,
    exclude: ['web/dist/**'],
  });
  for (const file of files.sort()) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
};
