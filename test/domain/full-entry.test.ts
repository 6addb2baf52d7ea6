import { expect, test } from 'vitest';
import { execute } from '../../src/commands/recording.ts';
import { given, type Known, unsealed } from './given.ts';
import { factory } from './vocabulary.ts';

const known = given(factory.nominated('2020-01-10'));
const body = { effectiveOn: '2020-02-01', operator: '甲' };

/** What an amendment is answered at a revision, by a stream of which only the first event matters. */
const amendAt = async (revision: number, { register, key, entry, events }: Known) => {
  const stored = events.map((event) => ({ ...event, position: '0' }));
  const request = { register, key, name: 'amend', body, sent: body, by: 'li.wei', ifMatch: revision };
  const outcome = await execute(
    {
      assumed: () => undefined,
      keep: () => {},
      readEntry: async () => ({ events: stored, entry: { ...entry, revision } }),
      append: async (_, event) => {
        const at = {
          ...unsealed,
          stream: stored[0]?.stream ?? '',
          revision: revision + 1,
          recordedAt: '2021-01-01T00:00:00.000Z',
        };
        return { recorded: { ...event, ...at, position: '1' }, repeated: false };
      },
    },
    request,
  );
  return outcome.kind === 'refused' ? outcome.rejection : outcome.kind;
};

test('an entry takes its ten thousandth event, and no command after it', async () => {
  expect(await amendAt(9_998, known)).toBe('recorded');
  expect(await amendAt(9_999, known)).toEqual({ code: 'entry-full', limit: 10_000 });
  expect(await amendAt(10_050, known)).toEqual({ code: 'entry-full', limit: 10_000 });
});
