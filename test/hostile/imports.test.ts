import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { get, newFolder } from '../cli/command-line.ts';
import { sheet, zipOf } from '../spreadsheets/workbooks.ts';
import { attacked, type Bounds, officeIn } from './bystander.ts';

const headers = ['编号', '工厂名称', '行业', '区', '推荐日期'];

const send = (url: string, token: string, file: Uint8Array<ArrayBuffer>, query: string, signal?: AbortSignal) => {
  const form = new FormData();
  form.append('file', new Blob([file]), 'rows.xlsx');
  return fetch(`${url}/api/v1/imports/factories?${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
    ...(signal === undefined ? {} : { signal }),
  });
};

const accepted = z.object({ import: z.object({ id: z.string() }) });
const begun = async (answer: Response): Promise<string> => accepted.parse(await answer.json()).import.id;

const isOver = async (url: string, id: string, token: string) => {
  for (;;) {
    const { import: progress } = await get(`${url}/api/v1/imports/${id}`, token);
    if (progress.state === 'finished') return progress;
    await wait(100);
  }
};

const heap = { NODE_OPTIONS: '--max-old-space-size=512' };
/** What a dry run, or a file that is refused as a whole, may cost: nothing of it stays. */
const bounds: Bounds = { cpuSeconds: 20, peakMib: 600, ledgerBytes: 0 };
const refusedRows = (count: number) =>
  sheet(headers, ...Array.from({ length: count }, () => ['k', '甲厂', '纺织', '浦东', '2020-03-01']));

test('an import of 100,000 refused rows leaves no more than 200 kB in the ledger, and all of them to be fixed', {
  timeout: 120_000,
}, async () => {
  const office = await officeIn(newFolder(), heap);
  const { url, clerk, auditor } = office;
  const file = refusedRows(100_000);
  const most = { ...bounds, cpuSeconds: 60, ledgerBytes: 200_000 };
  const { id, progress } = await attacked(office, '100,000 refused rows', most, async () => {
    const begunId = await begun(await send(url, clerk, file, ''));
    return { id: begunId, progress: await isOver(url, begunId, clerk) };
  });
  expect(progress).toMatchObject({ refused: 100_000, rows: 100_000 });
  expect(progress.refusals).toHaveLength(1_000);
  expect(progress.refusals[999]).toMatchObject({ row: 1_000, column: '行业', reason: expect.stringContaining('纺织') });
  const trail = await fetch(`${url}/api/v1/events?import=${id}`, { headers: { authorization: `Bearer ${auditor}` } });
  expect(await trail.text()).not.toContain('纺织');
  const fixable = await fetch(`${url}/api/v1/imports/${id}/refused.xlsx`, {
    headers: { authorization: `Bearer ${clerk}` },
  });
  expect((await fixable.arrayBuffer()).byteLength).toBeGreaterThan(file.byteLength / 4);
});

test('24 dry runs at once of 5,000 refused rows are all gone through, within 70 s of CPU and a heap of 512 MB, and hold nobody up', {
  timeout: 300_000,
}, async () => {
  const office = await officeIn(newFolder(), heap);
  const { url, clerk } = office;
  const file = refusedRows(5_000);
  const refused = await attacked(office, '24 dry runs at once', { ...bounds, cpuSeconds: 70 }, async () => {
    const send24 = Array.from({ length: 24 }, async () => begun(await send(url, clerk, file, 'dryRun=true')));
    const ids = await Promise.all(send24);
    return Promise.all(ids.map(async (id) => (await isOver(url, id, clerk)).refused));
  });
  expect(refused).toEqual(Array.from({ length: 24 }, () => 5_000));
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
});

/** A workbook of many sheets that all name one part, which is large once unpacked. */
const oneForAll = (sheets: number): Promise<Uint8Array<ArrayBuffer>> => {
  const relation = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const row = `<row>${'<c t="inlineStr"><is><t>x</t></is></c>'.repeat(5)}</row>`;
  return zipOf({
    '_rels/.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="${relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="${relation}/worksheet" Target="s.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${relation}"><sheets>${Array.from({ length: sheets }, (_, index) => `<sheet name="s${index}" sheetId="${index + 1}" r:id="r1"/>`).join('')}</sheets></workbook>`,
    'xl/s.xml': `<worksheet xmlns="${main}"><sheetData>${row.repeat(42_000)}</sheetData></worksheet>`,
  });
};

test('a workbook that names one part as 5,000 sheets is refused at once', async () => {
  const office = await officeIn(newFolder(), heap);
  const file = await oneForAll(5_000);
  const answer = await attacked(office, 'one part as 5,000 sheets', { ...bounds, cpuSeconds: 5 }, () =>
    send(office.url, office.clerk, file, 'dryRun=true'),
  );
  expect(answer.status).toBe(400);
});

test('a client that leaves while its file is read, or waits to be, ends what it had begun', {
  timeout: 60_000,
}, async () => {
  const folder = newFolder();
  const office = await officeIn(folder, heap);
  const { url, clerk } = office;
  const file = refusedRows(100_000);
  await attacked(office, 'clients that leave', { ...bounds, cpuSeconds: 40 }, async () => {
    const left = new AbortController();
    const sent = Array.from({ length: 12 }, () =>
      send(url, clerk, file, 'dryRun=true', left.signal).catch(() => undefined),
    );
    await wait(1_500);
    left.abort();
    await Promise.all(sent);
    await wait(1_500); // one or two that had their answer may still go through their rows
  });
  const began = performance.now();
  expect(
    (await send(url, clerk, sheet(headers, ['a', '甲厂', '汽车', '浦东', '2020-03-01']), 'dryRun=true')).status,
  ).toBe(202);
  expect(performance.now() - began).toBeLessThan(2_000);
  const uploads = () => readdirSync(join(folder, 'data', 'imports')).filter((name) => name.startsWith('upload-'));
  await expect.poll(uploads, { timeout: 20_000 }).toEqual([]);
});
