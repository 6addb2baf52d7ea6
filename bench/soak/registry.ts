import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { Role } from '../../src/identity/identity.ts';
import { openTokens } from '../../src/identity/tokens.ts';
import { recordEarlierWork } from './earlier.ts';

/** A registry in a process and a folder of its own. */
export type Registry = {
  readonly url: string;
  readonly token: (subject: string, role: Role) => Promise<string>;
  /** Ends the process and removes its folder; resolves to the warnings and errors that it logged. */
  readonly stop: () => Promise<string>;
};

const root = join(import.meta.dirname, '../..');
const listens = /^listening on (http:\/\/\S+)$/;

export const startRegistry = async (): Promise<Registry> => {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-soak-'));
  await recordEarlierWork(folder);
  const child = spawn(process.execPath, ['src/main.ts', 'serve'], {
    cwd: root,
    env: {
      PATH: process.env.PATH ?? '',
      PORT: '0',
      REGISTRY_DATA: folder,
      REGISTRY_RATE_LIMIT: 'off',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const log = join(folder, 'log');
  child.stderr.pipe(createWriteStream(log));
  const warnings: string[] = [];
  const listening = Promise.withResolvers<string>();
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const [, url] = listens.exec(line) ?? [];
    if (url !== undefined) listening.resolve(url);
    else warnings.push(line);
  });
  lines.once('close', () => listening.reject(new Error(readFileSync(log, 'utf8'))));
  const url = await listening.promise;
  while ((await fetch(`${url}/health/ready`)).status !== 200) await pause(200);
  const tokens = openTokens(join(folder, 'keys'), 'localhost/upgrade-registry', Date.now);
  return {
    url,
    token: (subject, role) => tokens.sign(subject, [role], 86_400),
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      const logged = [...warnings, readFileSync(log, 'utf8')].join('\n').trim();
      rmSync(folder, { recursive: true, force: true });
      return logged;
    },
  };
};
