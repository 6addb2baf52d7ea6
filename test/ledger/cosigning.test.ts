import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openCheckpoint } from '../../src/ledger/checkpoint.ts';
import { rememberedIn } from '../../src/ledger/remembered.ts';
import { addCheckpoint, type WitnessAnswer } from '../../src/ledger/witness.ts';
import { openWitnessState } from '../../src/ledger/witness-state.ts';
import { memories } from './memories.ts';
import { type Keys, newKeys, newNode, origin } from './publishing.ts';
import { newWitnessKey, sound } from './signing.ts';

/** A server that answers every request with what a function says; undefined is no answer. */
const serving = async (
  answer: (body: Buffer) => Promise<WitnessAnswer> | WitnessAnswer | undefined,
): Promise<string> => {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const said = await answer(Buffer.concat(parts));
    if (said !== undefined) response.writeHead(said.status, { 'content-type': said.type }).end(said.body);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** A witness of the log that these keys sign. */
const witnessOf = async ({ key }: Keys, name: string) => {
  const own = newWitnessKey(name);
  const state = openWitnessState(join(mkdtempSync(join(tmpdir(), 'registry-witness-')), 'witness.db'));
  const witness = { logs: new Map([[origin, [key.verifier]]]), state, signer: own.signer };
  return { ...own, url: await serving((body) => addCheckpoint(body, witness)) };
};
const relayed = async (url: string, body: Buffer): Promise<WitnessAnswer> => {
  const answer = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: new Uint8Array(body) });
  return {
    status: answer.status,
    type: answer.headers.get('content-type') ?? '',
    body: await answer.text(),
  } as WitnessAnswer;
};
const silent = async (name: string) => ({ ...newWitnessKey(name), url: await serving(() => undefined) });

type Named = Awaited<ReturnType<typeof silent>>;

/** The setting of these witnesses, as a node reads it. */
const setting = (...all: readonly Named[]) => {
  const text = all.map(({ url, verifierKey }) => `${url} ${verifierKey}`).join(', ');
  return readConfig({ REGISTRY_WITNESSES: text }).config.witnesses;
};

const cosigned = ({ key }: Keys, note: Buffer | undefined, ...by: readonly Named[]): boolean =>
  note !== undefined &&
  !('fault' in openCheckpoint(note, { origin, keys: [key.verifier], witnesses: by.map(({ verifier }) => verifier) }));

test('what is signed is cosigned by each witness, and remembered and published with the cosignatures', async () => {
  const keys = newKeys();
  const [one, two] = [await witnessOf(keys, 'one.example.org'), await witnessOf(keys, 'two.example.org')];
  const { ledger, growTo } = newNode(keys, { witnesses: setting(one, two) });
  for (const size of [3, 10, 256, 300]) {
    expect((await growTo(size))?.size).toBe(size);
    await vi.waitUntil(() => cosigned(keys, ledger.published()?.note, one, two));
    expect(ledger.published()?.size).toBe(size);
    expect(await rememberedIn(keys.keys, origin).last()).toEqual(ledger.published()?.note);
  }
  // Another node, and this one after a restart, publish them as well, and sign on.
  const next = newNode(keys, { witnesses: setting(one, two) });
  await next.growTo(300);
  expect(cosigned(keys, next.ledger.published()?.note, one, two)).toBe(true);
  expect((await next.growTo(301))?.size).toBe(301);
  await vi.waitUntil(() => cosigned(keys, next.ledger.published()?.note, one, two));
});

test('a node that has published what another signed takes over the cosignatures that come later, though nothing is recorded', async () => {
  const keys = newKeys();
  const one = await witnessOf(keys, 'one.example.org');
  let answer = () => {};
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const slow = { ...one, url: await serving(async (body) => asked.then(() => relayed(one.url, body))) };
  const [signer, follower] = [newNode(keys, { witnesses: setting(slow) }), newNode(keys, { signs: false })];
  await signer.growTo(5);
  await follower.growTo(5);
  expect(cosigned(keys, follower.ledger.published()?.note, one)).toBe(false);
  answer();
  await vi.waitUntil(() => cosigned(keys, signer.ledger.published()?.note, one));
  await follower.ledger.look();
  expect(cosigned(keys, follower.ledger.published()?.note, one)).toBe(true);
});

test('a look that began before a cosignature came does not take it away', async () => {
  const keys = newKeys();
  const one = await witnessOf(keys, 'one.example.org');
  const newEvent = () => Promise.withResolvers<void>();
  const [answered, read, looked] = [newEvent(), newEvent(), newEvent()];
  const slow = { ...one, url: await serving(async (body) => answered.promise.then(() => relayed(one.url, body))) };
  const beside = rememberedIn(keys.keys, origin);
  let isHeld = false;
  const last = async () => {
    const note = await beside.last();
    if (isHeld) read.resolve();
    if (isHeld) await looked.promise;
    return note;
  };
  const { ledger, growTo } = newNode(keys, { witnesses: setting(slow), remembered: { ...beside, last } });
  await growTo(5);
  isHeld = true;
  const look = ledger.look();
  await read.promise;
  answered.resolve();
  await vi.waitUntil(() => cosigned(keys, ledger.published()?.note, one));
  looked.resolve();
  await look;
  expect(cosigned(keys, ledger.published()?.note, one)).toBe(true);
});

test('a witness that does not answer delays neither the signing nor the other witness', async () => {
  const keys = newKeys();
  const [away, there] = [await silent('away.example.org'), await witnessOf(keys, 'there.example.org')];
  const { ledger, growTo } = newNode(keys, { witnesses: setting(away, there) });
  for (const size of [5, 6, 7]) {
    expect((await growTo(size))?.size).toBe(size);
    await vi.waitUntil(() => cosigned(keys, ledger.published()?.note, there));
    expect(cosigned(keys, ledger.published()?.note, away)).toBe(false);
  }
  expect(ledger.fault()).toBeUndefined();
});

test.each(memories)(
  'of witnesses that answer at the same time, each cosignature is published: %s',
  async (_, shared) => {
    const keys = newKeys();
    const open = await shared(keys);
    const all = [
      await witnessOf(keys, 'one.example.org'),
      await witnessOf(keys, 'two.example.org'),
      await witnessOf(keys, 'three.example.org'),
    ];
    const remembered = open();
    const { ledger, growTo } = newNode(keys, { witnesses: setting(...all), remembered });
    await growTo(5);
    await vi.waitUntil(() => ledger.witnesses().every(({ cosigned }) => cosigned === 5), 20_000);
    expect(cosigned(keys, ledger.published()?.note, ...all)).toBe(true);
    expect(await remembered.last()).toEqual(ledger.published()?.note);
  },
);

test.each(memories)(
  'a witness that answers late does not put back what another node has signed since: %s',
  async (_, shared) => {
    const keys = newKeys();
    const open = await shared(keys);
    const own = newWitnessKey('slow.example.org');
    const state = openWitnessState(join(mkdtempSync(join(tmpdir(), 'registry-witness-')), 'witness.db'));
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const url = await serving(async (body) => {
      asked.resolve();
      await answered.promise;
      return addCheckpoint(body, { logs: new Map([[origin, [keys.key.verifier]]]), state, signer: own.signer });
    });
    const a = newNode(keys, { witnesses: setting({ ...own, url }), remembered: open() });
    const b = newNode(keys, { remembered: open() });
    await a.growTo(5);
    await asked.promise;
    const newer = await b.growTo(9);
    expect(newer?.size).toBe(9);
    expect((await a.growTo(7))?.size).toBe(5); // it sees what b has signed, but its own hashes do not reach there
    answered.resolve();
    await vi.waitUntil(() => a.ledger.witnesses().every(({ cosigned }) => cosigned === 5), 20_000);
    expect(await open().last()).toEqual(newer?.note);
  },
);

test('a witness that refuses is named in the log once, with its reason, and its answer is not published', async () => {
  const keys = newKeys();
  const other = await witnessOf(newKeys(), 'w.example.org'); // knows the origin, but another key of it
  const said: string[] = [];
  const log = { info: () => {}, error: (_fields: object, message: string) => void said.push(message) };
  const { ledger, growTo } = newNode(keys, { witnesses: setting(other), log });
  for (const size of [5, 6, 7]) {
    const published = await growTo(size);
    await vi.waitUntil(() => said.length > 0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ledger.published()).toBe(published);
  }
  expect(said).toEqual([
    'the witness w.example.org has not cosigned: The witness does not know this ledger or its key',
  ]);
  expect(
    sound(openCheckpoint(ledger.published()?.note ?? Buffer.of(), { origin, keys: [keys.key.verifier] })).size,
  ).toBe(7);
});

test('the setting takes none, one and several witnesses, and nothing that is not one', () => {
  const { verifierKey } = newWitnessKey('w.example.org');
  const read = (text: string) => readConfig({ REGISTRY_WITNESSES: text }).config.witnesses;
  expect(read('none')).toEqual([]);
  expect(read(`https://w.example.org/a ${verifierKey}`)).toMatchObject([
    { url: 'https://w.example.org/a', key: { name: 'w.example.org' } },
  ]);
  expect(read(`https://a.example ${verifierKey},http://b.example:81  ${verifierKey}`)).toHaveLength(2);
  for (const wrong of [
    verifierKey,
    `${verifierKey} https://w.example.org`,
    `ftp://w.example.org ${verifierKey}`,
    `https:// ${verifierKey}`,
    `https://w.example.org ${verifierKey},`,
    `https://w.example.org ${verifierKey} more`,
    `https://w.example.org ${verifierKey.replace('w.example', 'v.example')}`,
    `https://w.example.org ${newKeys().key.verifierKey}`,
  ])
    expect(() => read(wrong), wrong).toThrow('expected none, or pairs of a URL and a verifier key');
});
