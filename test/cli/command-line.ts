import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';

/** The command line in its own processes, as a user runs it. */

export type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

type Environment = Readonly<Record<string, string>>;

/** A folder that is deleted when the test ends. */
export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** A folder whose data folder is a copy of another’s. */
export const copyOf = (other: string): string => {
  const folder = newFolder();
  cpSync(join(other, 'data'), join(folder, 'data'), { recursive: true, verbatimSymlinks: true });
  return folder;
};

/** An environment that takes only PATH from the person who runs the tests. */
const environmentOf = (folder: string, more: Environment): Environment => ({
  PATH: process.env.PATH ?? '',
  HOME: folder,
  PORT: '0',
  LOG_LEVEL: 'warn',
  REGISTRY_DATA: join(folder, 'data'),
  REGISTRY_DELAY_LIMIT: 'off', // a machine that runs tests is busy with the others
  REGISTRY_RATE_LIMIT: 'off', // all people of a test share one address
  NODE_COMPILE_CACHE: join(tmpdir(), 'upgrade-registry-compiled'),
  ...more,
});

/** Root may write anywhere; without this capability, permissions hold for it too. */
export const asOrdinary: readonly string[] =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];

export type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Starts a program in the repository’s root, in its own process group, which is killed when the test ends. */
export const start = (
  program: string,
  args: readonly string[],
  folder: string,
  environment: Environment = {},
): Child => {
  const child = spawn(program, args, {
    cwd: resolve('.'),
    env: environmentOf(folder, environment),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  onTestFinished(() => killGroup(child));
  return child;
};

/** Also ends what the process has started, such as the server behind npm. */
const killGroup = ({ pid }: Child): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
};

/** Waits until a process ends; its exit code and output. */
export const ending = async (child: Child): Promise<Run> => {
  const [stdout, stderr, code] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
    ended(child),
  ]);
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
};

export const ended = (child: Child): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once('close', resolve));

/** Runs `./registry` with arguments, until it ends. */
export const registry = (folder: string, args: readonly string[], environment: Environment = {}): Promise<Run> =>
  ending(start('./registry', args, folder, environment));

/** Reads a process’s lines until one matches, and discards the rest; if it ends before, all that it said is in the error. */
export const lineOf = (child: Child, wanted: RegExp): Promise<RegExpExecArray> =>
  new Promise((resolve, reject) => {
    const seen: string[] = [];
    const lines = createInterface({ input: child.stdout });
    child.stderr.setEncoding('utf8').on('data', (text: string) => seen.push(text));
    lines.on('line', (line) => {
      seen.push(line);
      const found = wanted.exec(line);
      if (found) resolve(found);
    });
    child.once('close', () => reject(new Error(`no line matches ${wanted}:\n${seen.join('\n')}`)));
  });

export type Server = { readonly child: Child; readonly url: string };

/** A server in its own process on a free port; the last argument is the command that starts it. */
export const serve = async (
  folder: string,
  environment: Environment = {},
  [program = '', ...args]: readonly string[] = ['./registry', 'serve'],
): Promise<Server> => {
  const child = start(program, args, folder, environment);
  const [, url = ''] = await lineOf(child, /^listening on (http:\/\/\S+)$/);
  return { child, url };
};

export const tokenFor = async (folder: string, role: string, subject = `a.${role}`): Promise<string> =>
  (await registry(folder, ['token', '--subject', subject, '--role', role])).stdout.trim();

/** The JSON that a server answers to a GET. Throws on an error status. */
export const get = async (
  url: string,
  token?: string,
  headers: Environment = {},
  // biome-ignore lint/suspicious/noExplicitAny: the answers' shapes are checked where the OpenAPI document is tested
): Promise<any> => {
  const authorization: Environment = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers: { ...authorization, ...headers } });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
};
