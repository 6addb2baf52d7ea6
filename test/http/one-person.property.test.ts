import fc from 'fast-check';
import { expect } from 'vitest';
import { csv, decide, imported } from '../imports/spreadsheet.ts';
import { test as officeTest, refusedAs, seen, submitCertificate } from './office.ts';

/** Ways to write a name so that it stays the name of the same person; each passes as the subject of a token. */
const rewritings: readonly ((name: string) => string)[] = [
  (name) => name.toUpperCase(),
  (name) => name.normalize('NFD'),
  (name) => name.replace(/[!-~]/g, (character) => String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0)),
  (name) => name.replace('.', ' .\u00a0'),
  (name) => name.replace('.', '\u3000.'),
  (name) => name.replace('.', '.\ufe0f'),
  (name) => name.replace('.', '.\u{e0100}'),
  (name) => `${name}\u2800`,
  (name) => name.replace('.', '\u3164.\uffa0'),
];
const name = fc
  .tuple(fc.constantFrom('li', 'josé', 'zoë', '李', 'ng\u1ed1c'), fc.constantFrom('wei', 'min', '伟', 'müller'))
  .map((parts) => parts.join('.'));
const spelling = fc.subarray([...rewritings], { minLength: 1 });
const inSpelling = (subject: string, ways: readonly ((name: string) => string)[]) =>
  ways.reduce((text, rewrite) => rewrite(text), subject);

let run = 0;
const test = officeTest;

test('nobody is a second person by writing their name in another way', async ({ server, staff }) => {
  await fc.assert(
    fc.asyncProperty(name, spelling, fc.constantFrom('approve', 'return'), async (subject, ways, decision) => {
      const key = `person-${run++}`;
      const other = inSpelling(subject, ways);
      const [clerk, same] = [await server.token('clerk', subject), await server.token(['clerk', 'reviewer'], other)];
      const id = await submitCertificate(server, clerk, key);
      const body = decision === 'return' ? { reason: '不符' } : undefined;
      const own = await server.post(`/api/v1/submissions/${id}/${decision}`, body, { token: same });
      refusedAs(own, 403, 'second-person-needed', other);
      const listed = async (query: string) => {
        const path = `/api/v1/submissions?key=${key}&${query}=${encodeURIComponent(other)}`;
        const { json } = await server.get(path, { token: staff.auditor });
        return json.items.length;
      };
      expect([await listed('by'), await listed('notBy')]).toEqual([1, 0]);
      const withdrawn = await server.post(`/api/v1/submissions/${id}/withdraw`, undefined, { token: same });
      expect([withdrawn.status, withdrawn.json.submission?.status]).toEqual([200, 'withdrawn']);
    }),
    { numRuns: 12 },
  );
});

test('nobody decides their own import by writing their name in another way', async ({ server }) => {
  const columns = ['编号', '工厂名称', '行业', '区', '认定日期', '等级'];
  const rows = csv(columns, ['own', '自有工厂', '汽车', '浦东', '2020-12-22', '示范']);
  const done = await imported(server, 'factories', rows, { query: 'command=certify', by: 'li.wei' });
  for (const by of ['Li.Wei', 'ｌｉ．ｗｅｉ', 'li\u00a0.wei', 'LI.WEI\u2800'])
    for (const decision of ['approve', 'return'] as const)
      refusedAs(await decide(server, done.id, decision, by), 403, 'second-person-needed', by);
});

test('the repeat of a decision gets the first answer again, however the person’s name is written', async ({
  server,
  staff,
}) => {
  const id = await submitCertificate(server, staff.clerk, 'repeated-decision');
  const approve = (token: string) => server.post(`/api/v1/submissions/${id}/approve`, undefined, { token });
  const first = await approve(await server.token('reviewer', 'wang.fang'));
  const again = await approve(await server.token('reviewer', 'Wang.Fang'));
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  expect(again.json).toEqual(first.json);
  refusedAs(await approve(staff.second), 409, 'already-decided');
});

test('letters that only look alike stay two people', async ({ server, staff }) => {
  const id = await submitCertificate(server, staff.clerk, 'look-alike');
  const token = await server.token('reviewer', 'l\u0456.wei');
  const { status } = await server.post(`/api/v1/submissions/${id}/approve`, undefined, { token, headers: seen(0) });
  expect(status).toBe(201);
});
