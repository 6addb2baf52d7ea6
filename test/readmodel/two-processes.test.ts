import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { rebuild } from '../../src/readmodel/rebuild.ts';
import { andThen, annulled, corrected, type Known, nothingOf } from '../domain/given.ts';
import { factory, listing } from '../domain/vocabulary.ts';
import { foldedTo, type Node, startNode } from './node.ts';

const follower = fileURLToPath(new URL('./follower.ts', import.meta.url));
const facts = [
  factory.nominated('2020-01-10'),
  factory.certified('2020-11-03'),
  corrected(1, { effectiveOn: '2020-12-22' }),
  factory.amended('2021-01-01', { district: 'minhang' }),
  annulled(1),
];
/** Factories with a history each, under keys that begin with a prefix. */
const factories = (prefix: string, count: number): readonly Known[] =>
  Array.from({ length: count }, (_, n) => {
    const key = `${prefix}-${n}`;
    return facts
      .map((each) => ({ ...each, about: { register: factory.register, key } }))
      .reduce(andThen, nothingOf(factory.register, key));
  });

const differences = async ({ folder, store }: Node) => (await rebuild(folder, store, Date.now, () => {})).differences;

test('two nodes that fold into the same file at once fold each event once', async () => {
  const node = await startNode();
  await node.append(...factories('before', 20));
  const [one, two] = await Promise.all([node.open(), node.open()]);
  await Promise.all([one?.caughtUp, two?.caughtUp]);
  const size = await node.append(...factories('live', 40));
  await Promise.all([one, two].map((model) => model && foldedTo(model, size)));
  expect([one?.health().state, two?.health().state]).toEqual(['ready', 'ready']);
  expect(await differences(node)).toEqual([]);
});

test('so do processes that begin in an empty folder at the same moment, while events arrive', async () => {
  const node = await startNode();
  const size = 1 + 60 * facts.length + 1;
  const run = () => promisify(execFile)(process.execPath, [follower, node.storeFile, node.folder, String(size)]);
  const followers = [run(), run(), run()];
  await node.append(...factories('a', 60));
  const last = andThen(nothingOf(listing.register, '688012'), listing.listed('2019-07-22'));
  await node.append(last);
  const answers = await Promise.all(followers);
  expect(answers.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 3 }, () => `open\n${size}\n`));
  expect(await differences(node)).toEqual([]);
});
