import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pino from 'pino';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { toldOfBundle } from '../../src/bundle/faults.ts';
import { folderAt } from '../../src/bundle/folder-on-disk.ts';
import { verifyBundle } from '../../src/bundle/verify.ts';
import { pageIn } from '../../src/page/page.ts';
import { certifiedFolders } from '../bundle/certified.ts';
import { copyAfter, keyNamed } from '../bundle/folder.ts';
import { tamperingsOf } from '../bundle/tamperings.ts';
import { newWitnessKey } from '../ledger/signing.ts';
import { desk, faultsOn, launch, looks, needsChromium, openPage } from './chromium.ts';

const key = keyNamed('registry.example.org/ledger');
const impostor = keyNamed(key.name);
const root = Buffer.alloc(32, 7);

let browser: Browser | undefined;
let whole: string;
let other: string;
let older: Buffer;
beforeAll(async () => {
  const files = await pageIn(pino({ level: 'silent' })).files();
  ({ whole, other, older } = await certifiedFolders(key, files?.verifier));
  browser = await launch();
}, 180_000);
afterAll(async () => {
  for (const folder of [whole, other]) rmSync(folder, { recursive: true });
  await browser?.close();
});
beforeEach(needsChromium);

/** The file of the exported folder, opened from the disk, with all requests that it makes besides. */
const openFile = async (look = desk) => {
  const opened = await openPage(browser, look);
  const requests: string[] = [];
  opened.page.on('request', (request) => requests.push(request.url()));
  await opened.page.goto(pathToFileURL(join(whole, 'verify.html')).href);
  return { ...opened, requests };
};

type Given = { readonly key?: string; readonly older?: Uint8Array; readonly witnesses?: string };

const begin = async (page: Page, folder: string, given: Given = { key: key.verifierKey }) => {
  await page.locator('input[webkitdirectory]').setInputFiles(folder);
  await page.getByLabel('Verifier key of the registry').fill(given.key ?? '');
  await page
    .getByLabel('Older checkpoint')
    .first()
    .fill(Buffer.from(given.older ?? []).toString());
  await page.getByLabel('Verifier keys of witnesses').fill(given.witnesses ?? '');
  await page.getByRole('button', { name: 'Verify' }).click();
};

/** Events enough to take a while: all of them many times over. */
const lines = (folder: string): Buffer => {
  const once = readFileSync(join(folder, 'events.ndjson'));
  return Buffer.concat(Array.from({ length: 500 }, () => once));
};

/** What the file says: the answer, and the names and sentences of the faults. */
const answerOn = async (page: Page) => {
  await page.getByRole('heading', { name: 'Result' }).waitFor();
  const result = page.getByRole('region', { name: 'Result' });
  const faults = await result
    .locator('[data-fault]')
    .evaluateAll((items) => items.map((item) => [item.getAttribute('data-fault'), item.textContent]));
  const answer = await result.locator('[data-verified]').textContent();
  return { answer: answer?.slice(2), faults, text: await result.innerText() };
};

const verified = async (page: Page, folder: string, given?: Given) => {
  await begin(page, folder, given);
  return answerOn(page);
};

const toldBy = (folder: string, pinned: Parameters<typeof verifyBundle>[1]) =>
  verifyBundle(folderAt(folder), pinned).faults.map((fault) => [fault.fault, toldOfBundle(fault).en]);

test('a folder is verified from the disk with the key, and only consistent without; nothing is asked of any network', async () => {
  const { page, complaints, requests, close } = await openFile();
  const whole301 = await verified(page, whole);
  expect(whole301).toMatchObject({ answer: 'verified', faults: [] });
  expect(whole301.text).toContain(`${key.name}: 301 events, root `);
  expect(whole301.text).toContain('300 free texts match their digests');
  expect(whole301.text).toContain('30 figures counted again');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Result');
  expect(await verified(page, whole, {})).toMatchObject({ answer: 'consistent, but not anchored', faults: [] });
  expect(await verified(page, whole, { older })).toMatchObject({ answer: 'verified', faults: [] });
  expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('blob:'))).toEqual([]);
  const isRefused = await page.evaluate(() => fetch('https://example.org').then(String, () => 'refused'));
  expect(isRefused).toBe('refused');
  expect(complaints.filter((text) => !/example\.org/.test(text))).toEqual([]);
  await close();
});

test('whatever is done to a folder, the browser says of it what the command says', { timeout: 180_000 }, async () => {
  const { page, complaints, close } = await openFile();
  for (const [what, tamper] of tamperingsOf(key, impostor)) {
    const copy = copyAfter(whole, tamper);
    onTestFinished(() => rmSync(copy, { recursive: true }));
    const said = toldBy(copy, { keys: [key.verifier], witnesses: [] }).map(([fault, en]) => [
      fault,
      en?.replace(`${copy}/`, `${copy.split('/').at(-1)}/`),
    ]);
    expect(said.length, what).toBeGreaterThan(0);
    expect(await verified(page, copy), what).toMatchObject({ answer: 'not verified', faults: said });
  }
  expect(complaints).toEqual([]);
  await close();
});

test('another registry’s folder, split views, older backups and missing cosignatures have answers of their own', async () => {
  const { page, complaints, close } = await openFile();
  const faults = async (folder: string, given: Given) =>
    (await verified(page, folder, given)).faults.map(([name]) => name);
  expect(await faults(other, { key: key.verifierKey })).toEqual(['other-registry']);
  const signed = (size: number) => ({ older: key.signed({ size, root }) });
  expect(await faults(whole, signed(301))).toEqual(['split-view']);
  expect(await faults(whole, signed(302))).toEqual(['older-ledger']);
  expect(await faults(whole, signed(100))).toEqual(['history-changed']);
  const { verifierKey } = newWitnessKey('witness.example.org');
  const unwitnessed = await verified(page, whole, { key: key.verifierKey, witnesses: `\n ${verifierKey} \n` });
  expect(unwitnessed.text).toContain('The witness witness.example.org has not cosigned');
  expect(complaints).toEqual([]);
  await close();
});

test('what is no key, no folder or an empty folder is said where it was given', async () => {
  const { page, complaints, close } = await openFile();
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByText('Choose the folder to verify').waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('file');
  await begin(page, whole, { key: 'x' });
  await page.getByText('The key is malformed').waitFor();
  await begin(page, whole, { key: key.verifierKey, witnesses: key.verifierKey });
  await page.getByText('The key is of another type (1)').waitFor();
  const bare = copyAfter(whole, (copy) => {
    for (const name of ['checkpoint', 'events.ndjson', 'statements.ndjson', 'texts.ndjson', 'key'])
      rmSync(join(copy, name));
    writeFileSync(join(copy, 'x'), '');
  });
  onTestFinished(() => rmSync(bare, { recursive: true }));
  expect(await verified(page, bare)).toMatchObject({
    answer: 'not verified',
    faults: [['nothing-to-verify', expect.any(String)]],
  });
  expect(complaints).toEqual([]);
  await close();
});

test('a folder can be dropped, and a long verification says how far it is and can be cancelled', async () => {
  const { page, complaints, close } = await openFile();
  const session = await page.context().newCDPSession(page);
  const drop = async (path: string) => {
    const box = await page.getByRole('region', { name: 'Folder' }).boundingBox();
    const at = { x: (box?.x ?? 0) + 20, y: (box?.y ?? 0) + 20 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await session.send('Input.dispatchDragEvent', {
        type,
        ...at,
        data: { items: [], files: [path], dragOperationsMask: 1 },
      });
  };
  await drop(join(whole, 'key'));
  await page.getByText('What you dropped is not a folder').waitFor();
  await drop(whole);
  await page.getByText(/: \d+ files$/).waitFor();
  await page.getByLabel('Verifier key of the registry').fill(key.verifierKey);
  await page.getByRole('button', { name: 'Verify' }).click();
  expect(await answerOn(page)).toMatchObject({ answer: 'verified' });

  const long = copyAfter(whole, (copy) => writeFileSync(join(copy, 'events.ndjson'), lines(copy)));
  onTestFinished(() => rmSync(long, { recursive: true }));
  await begin(page, long);
  await page.getByRole('progressbar', { name: 'Progress' }).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Cancelled').waitFor();
  expect(await page.getByRole('progressbar').count()).toBe(0);
  expect(await verified(page, whole)).toMatchObject({ answer: 'verified' });
  expect(complaints).toEqual([]);
  await close();
});

describe.for(looks)('at $width px, $scheme, $lang', (look) => {
  test('the file has no fault that axe finds', async () => {
    const { page, complaints, close } = await openFile(look);
    expect(await faultsOn(page, look)).toEqual([]);
    await page.locator('input[type=file]').first().setInputFiles(whole);
    await page.locator('form button[type=submit]').click();
    await page.locator('#result').waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(look.lang === 'zh' ? 'zh-CN' : 'en');
    expect(await faultsOn(page, look)).toEqual([]);
    await page.locator('header button').click();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(look.lang === 'zh' ? 'en' : 'zh-CN');
    expect(complaints).toEqual([]);
    await close();
  });
});
