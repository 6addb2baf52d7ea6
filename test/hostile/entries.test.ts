import { expect, test } from 'vitest';
import { get, newFolder } from '../cli/command-line.ts';
import { nomination } from '../http/office.ts';
import { attacked, type Bounds, type Office, officeIn } from './bystander.ts';

/** What one clerk can make of one entry, and what it costs others to read it. */

const bounds: Bounds = { cpuSeconds: 10, peakMib: 600, ledgerBytes: 0 };

const send = async ({ url, clerk }: Office, key: string, command: string, revision: number, body: object) => {
  const answer = await fetch(`${url}/api/v1/factories/${key}/${command}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${clerk}`,
      'content-type': 'application/json',
      ...(revision < 0 ? {} : { 'if-match': `"${revision}"` }),
    },
    body: JSON.stringify(body),
  });
  return answer.status;
};

/** Each read 20 times, as many at once as one person may. */
const answersTo = async ({ url, clerk }: Office, paths: readonly string[]) => {
  const rounds = [];
  for (let round = 0; round < 4; round++) {
    const asked = Array.from({ length: 5 }, () => paths.map((path) => get(`${url}/api/v1/${path}`, clerk)));
    rounds.push(...(await Promise.all(asked.map((each) => Promise.all(each)))));
  }
  return rounds;
};

/** Several kilobytes, as the evidence of a command may have. */
const evidence = Array.from({ length: 20 }, (_, number) => ({ title: `${number} ${'佐证'.repeat(60)}` }));

test('an entry with as many pending submissions as it may have is submitted, listed and read without holding anybody up', {
  timeout: 120_000,
}, async () => {
  const office = await officeIn(newFolder(), { NODE_OPTIONS: '--max-old-space-size=512' });
  expect(await send(office, 'full', 'nominate', -1, nomination)).toBe(201);
  const statuses = await attacked(
    office,
    '110 submissions of an entry',
    { ...bounds, ledgerBytes: 400_000 },
    async () => {
      const answers: number[] = [];
      for (let revision = 0; revision < 110; revision++) {
        const body = { effectiveOn: '2020-12-22', grade: 'demonstration', certificateNo: `no-${revision}`, evidence };
        answers.push(await send(office, 'full', 'certify', Math.min(revision, 100), body));
      }
      return answers;
    },
  );
  expect(statuses).toEqual([...Array(100).fill(202), ...Array(10).fill(409)]);
  await attacked(office, 'reading 100 submissions of an entry', bounds, async () => {
    const paths = [
      'submissions?limit=500',
      'submissions?register=factories&key=full',
      'factories/full',
      'factories/full/history',
    ];
    for (const [list] of await answersTo(office, paths)) expect(list.total).toBe(100);
  });
});

test('an entry that is filled with a thousand facts costs no more with each of them, and holds nobody up', {
  timeout: 180_000,
}, async () => {
  const office = await officeIn(newFolder(), { NODE_OPTIONS: '--max-old-space-size=512' });
  expect(await send(office, 'long', 'nominate', -1, nomination)).toBe(201);
  await attacked(office, 'a thousand facts in an entry', { ...bounds, ledgerBytes: 900_000 }, async () => {
    for (let revision = 0; revision < 1_000; revision++) {
      const body = { effectiveOn: '2020-02-10', panel: `第 ${revision} 组` };
      expect(await send(office, 'long', 'assess', revision, body)).toBe(201);
    }
  });
  await attacked(office, 'reading an entry of a thousand facts', bounds, async () => {
    const paths = ['factories/long', 'factories/long/history', 'factories?limit=500'];
    for (const [entry] of await answersTo(office, paths)) expect(entry.revision).toBe(1_000);
  });
});
