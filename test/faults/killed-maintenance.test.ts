import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { start as beginning } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { ending, newFolder, registry, start } from '../cli/command-line.ts';
import { filesWith } from '../cli/erasing.ts';
import { fillFolder } from '../cli/filled.ts';
import { chanceOf } from './chance.ts';

/** How many of the stages of each command are tried in one run; FAULTS_STAGES tries more. */
const triedStages = Number(process.env.FAULTS_STAGES ?? 4);
const events = 137;

let filled: string;
let whole: string;
/** The event of which the name of the file is erased. */
let started: string;
beforeAll(async () => {
  filled = await fillFolder();
  const stored = await storedIn(join(filled, 'data', 'events.db'));
  started = stored.findLast(({ type }) => type === 'ImportStarted')?.id ?? '';
  whole = join(filled, 'whole.db');
  const env = { ...process.env, REGISTRY_DATA: join(filled, 'data') };
  execFileSync(resolve('registry'), ['backup', whole], { env, stdio: 'pipe' });
});
afterAll(() => rmSync(filled, { recursive: true, force: true }));

const calls = 'pwrite64,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,symlink,link,mkdir,rmdir';

/** A call that changes something in a folder, as the Nth of its kind by its thread. */
type Stage = { readonly call: string; readonly path: string; readonly nth: number };

/** The first and the last of each kind of call on each file; numbers in the names of files do not matter. */
const stagesIn = (trace: string, folder: string): readonly Stage[] => {
  const counts = new Map<string, number>();
  const stages = new Map<string, Stage>();
  for (const line of trace.split('\n')) {
    const [, thread, call, rest = ''] = /^(\d+) +(\w+)\((.*)$/.exec(line) ?? [];
    if (call === undefined) continue;
    const nth = (counts.get(`${thread} ${call}`) ?? 0) + 1;
    counts.set(`${thread} ${call}`, nth);
    const at = rest.lastIndexOf(`${folder}/`);
    if (at === -1) continue;
    const path = (/^[^">]*/.exec(rest.slice(at + folder.length))?.[0] ?? '').replace(/\d+/g, 'N');
    const [first, last] = [`${call} ${path} first`, `${call} ${path} last`];
    if (!stages.has(first)) stages.set(first, { call, path, nth });
    stages.set(last, { call, path, nth });
  }
  return [
    ...new Map([...stages.values()].map((stage) => [`${stage.call} ${stage.nth} ${stage.path}`, stage])).values(),
  ];
};

const traced = (folder: string, options: readonly string[], args: readonly string[], environment: Environment) =>
  ending(start('strace', ['-f', '-y', '-qq', ...options, './registry', ...args], folder, environment));

type Environment = Readonly<Record<string, string>>;

type Command = {
  readonly prepare?: (folder: string) => void;
  readonly args: (folder: string) => readonly string[];
  readonly data?: () => string;
  /** What must be so right after the kill. */
  readonly afterKill?: (folder: string) => Promise<void> | void;
  /** What must be so once it has been run again, or turns out to be done. */
  readonly done: (folder: string) => Promise<void> | void;
  /** What the second run says if the first was killed when all was done. */
  readonly wasDone?: RegExp;
};

const storedIn = async (file: string) => {
  const store = openSqliteStore({ file, now: Date.now });
  const stored = await store.readAll(beginning, 1_000);
  await store.close();
  return stored;
};

const statementOf = (file: string) => {
  const db = new DatabaseSync(file, { readOnly: true });
  const statement = db.prepare('SELECT events, sha256 FROM backup').all();
  db.close();
  return statement;
};

const foldedIn = (folder: string) => {
  const db = new DatabaseSync(join(folder, 'data', 'readmodel', 'current.db'), { readOnly: true });
  const size = db.prepare("SELECT value FROM meta WHERE name = 'size'").get();
  db.close();
  return size;
};

const commands: Readonly<Record<string, Command>> = {
  backup: {
    data: () => join(filled, 'data'),
    args: (folder) => ['backup', join(folder, 'b')],
    afterKill: (folder) => {
      if (existsSync(join(folder, 'b'))) expect(statementOf(join(folder, 'b'))).toEqual(statementOf(whole));
    },
    done: (folder) => expect(statementOf(join(folder, 'b'))).toEqual(statementOf(whole)),
    wasDone: /b already exists and was left unchanged/,
  },
  restore: {
    args: () => ['restore', whole],
    afterKill: async (folder) => {
      const { code, stderr } = await registry(folder, ['status']);
      if (code !== 0) expect(stderr).toMatch(/there is no ledger|a restore is still running, or was interrupted/);
      expect(readdirSync(folder)).toEqual(existsSync(join(folder, 'data')) ? ['data'] : []);
    },
    done: async (folder) => {
      expect(readdirSync(join(folder, 'data')).sort()).toEqual(['accounts.db', 'events.db', 'imports', 'keys']);
      const key = join('data', 'keys', 'token-signing.pem');
      expect(readFileSync(join(folder, key))).toEqual(readFileSync(join(filled, key)));
      const file = join('data', 'events.db');
      expect(await storedIn(join(folder, file))).toEqual(await storedIn(join(filled, file)));
    },
    wasDone: /is not empty/,
  },
  copy: {
    data: () => join(filled, 'data'),
    args: (folder) => ['copy', '--from', 'sqlite:events.db', '--to', `sqlite:${join(folder, 'copy.db')}`],
    done: async (folder) =>
      expect(await storedIn(join(folder, 'copy.db'))).toEqual(await storedIn(join(filled, 'data', 'events.db'))),
  },
  rebuild: {
    prepare: (folder) =>
      cpSync(join(filled, 'data'), join(folder, 'data'), { recursive: true, verbatimSymlinks: true }),
    args: () => ['rebuild'],
    afterKill: (folder) => expect(foldedIn(folder)).toEqual({ value: String(events) }),
    done: (folder) => {
      expect(foldedIn(folder)).toEqual({ value: String(events) });
      const names = readdirSync(join(folder, 'data', 'readmodel'));
      expect(names.filter((name) => !/-(wal|shm)$/.test(name))).toEqual(['current.db', expect.stringMatching(/\.db$/)]);
    },
  },
  erase: {
    prepare: (folder) =>
      cpSync(join(filled, 'data'), join(folder, 'data'), { recursive: true, verbatimSymlinks: true }),
    args: () => ['erase', 'text', started, 'file', '--basis', '申请', '--as', 'he.yan', '--approved-by', 'zhao.lei'],
    done: async (folder) => {
      expect(filesWith(folder, 'factories.csv')).toEqual([]);
      const stored = await storedIn(join(folder, 'data', 'events.db'));
      expect(stored.slice(events).map(({ type }) => type)).toEqual(['TextErased']);
      expect(foldedIn(folder)).toEqual({ value: String(events + 1) });
      expect(readFileSync(join(folder, 'data', 'keys', 'erased.jsonl'), 'utf8').split('\n').length).toBe(2);
    },
  },
};

test.each(Object.keys(commands))(
  'a %s that is killed at any stage leaves nothing that is taken for whole, and succeeds when it is run again',
  async (name) => {
    const { prepare = () => {}, args, data, afterKill = () => {}, done, wasDone = /^$/ } = commands[name] as Command;
    const chance = chanceOf(`killed ${name}`);
    const prepared = (): readonly [folder: string, environment: Environment] => {
      const folder = newFolder();
      prepare(folder);
      return [folder, data === undefined ? {} : { REGISTRY_DATA: data() }];
    };
    const [folder, environment] = prepared();
    const trace = join(newFolder(), 'trace');
    const unharmed = await traced(folder, ['-e', `trace=${calls}`, '-o', trace], args(folder), environment);
    expect(unharmed.code, unharmed.stderr).toBe(0);
    await done(folder);

    const left = [...stagesIn(readFileSync(trace, 'utf8'), folder)];
    expect(left.length).toBeGreaterThan(8);
    let tried = 0;
    let killed = 0;
    const tryStages = async () => {
      for (let each = 0; each < triedStages / 2 && left.length > 0; each++) {
        const [stage] = left.splice(chance.below(left.length), 1);
        if (stage === undefined) return;
        const { call, path, nth } = stage;
        tried += 1;
        const [folder, environment] = prepared();
        const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${nth}`, '-o', '/dev/null'];
        const { code } = await traced(folder, inject, args(folder), environment);
        if (code !== 0) killed += 1;
        await afterKill(folder);
        const again = await registry(folder, args(folder), environment);
        const at = `${nth}. ${call} ${path}: ${again.stderr}`;
        if (again.code !== 0) expect(again.stderr, at).toMatch(wasDone);
        await done(folder);
      }
    };
    await Promise.all([tryStages(), tryStages()]);
    expect(killed).toBeGreaterThanOrEqual(tried / 2);
  },
);
