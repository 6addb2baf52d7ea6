import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test, vi } from 'vitest';
import { nomination } from '../http/office.ts';
import { ended, newFolder, registry, serve, tokenFor } from './command-line.ts';

vi.setConfig({ testTimeout: 120_000 });

const change = (folder: string, sql: string): void => {
  const db = new DatabaseSync(join(folder, 'data', 'events.db'), { timeout: 5_000 });
  db.exec(sql);
  db.close();
};

test('audit compares the store with the hashes, beside a running server and without one, names what was changed, and tells the server', async () => {
  const folder = newFolder();
  const audit = (...args: readonly string[]) => registry(folder, ['audit', ...args]);
  expect(await audit()).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no ledger') });

  // 1. Nothing was changed
  const { child, url } = await serve(folder);
  const [clerk, auditor] = [await tokenFor(folder, 'clerk'), await tokenFor(folder, 'auditor')];
  for (const key of ['f-1', 'f-2', 'f-3']) {
    const headers = { authorization: `Bearer ${clerk}`, 'content-type': 'application/json' };
    const body = JSON.stringify(nomination);
    expect((await fetch(`${url}/api/v1/factories/${key}/nominate`, { method: 'POST', headers, body })).status).toBe(
      201,
    );
  }
  const ready = async () => {
    const response = await fetch(`${url}/health/ready`, { headers: { authorization: `Bearer ${auditor}` } });
    // biome-ignore lint/suspicious/noExplicitAny: the answers’ shapes are checked where the OpenAPI document is tested
    const answer: any = await response.json();
    return { ...answer, status: response.status };
  };
  await vi.waitUntil(async () => (await ready()).ledger?.checkpoint === 4, { timeout: 60_000 });
  expect(await audit()).toMatchObject({
    code: 0,
    stdout: '4 events, each as it was hashed: nothing has changed · 未发现改动\n',
  });

  // 2. One event is, while the server runs
  change(folder, "UPDATE events SET type = 'FactoryAssessed' WHERE entry_number = 2");
  const { code, stdout } = await audit('--json');
  const fault = { fault: 'changed-event', entryNumber: 2, type: 'FactoryAssessed', of: 'factories/f-2' };
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({
    code: 1,
    unchanged: false,
    checked: 4,
    size: 4,
    faults: [fault],
  });
  await vi.waitUntil(async () => (await ready()).status === 503, { timeout: 60_000 });
  const { state, ledger } = await ready();
  expect([state, ledger.notSigned]).toEqual(['ledger-fault', JSON.parse(stdout).faults[0].en]);

  // 3. The server ends
  child.kill('SIGTERM');
  expect(await ended(child)).toBe(0);
  expect(await audit()).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(
      /^the ledger was changed · 台账被改动\n✗ Entry number 2 \(FactoryAssessed \S+ of factories\/f-2\) is not what .* · 台账第 2 条（factories\/f-2 的 FactoryAssessed \S+）与.*\n$/,
    ),
  });
  const status = async () => JSON.parse((await registry(folder, ['status', '--json'])).stdout).audit;
  expect(await status()).toMatchObject({ lastPass: { size: 4 }, found: [ledger.notSigned] });
  expect((await registry(folder, ['status'])).stdout).toMatch(/^audit found +Entry number 2 \(/m);
  change(folder, "UPDATE events SET type = 'FactoryNominated' WHERE entry_number = 2");
  expect((await audit()).code).toBe(0);
  expect(await status()).toMatchObject({ found: [] });

  // 4. Nothing to compare with is no pass
  rmSync(join(folder, 'data', 'ledger'), { recursive: true });
  expect(await audit()).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('has no hashes to compare the store with; serve makes them'),
  });
});
