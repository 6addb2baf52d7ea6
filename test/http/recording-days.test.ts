import { expect, test } from 'vitest';
import { listing } from '../domain/vocabulary.ts';
import { named, startRecording } from './recording.ts';

test('each day in Shanghai on which something was recorded has the size at its end', async () => {
  const { server, clock, record } = await startRecording('2021-06-14T02:00:00Z');
  const days = async () => (await server.get('/api/v1/recording-days')).json.days;
  const list = (code: string) => record(named(listing.register, code), listing.listed('2019-07-22', listing.described));
  expect(await days()).toEqual([{ on: '2021-06-14', size: 1 }]);
  await list('688001');
  clock.set('2021-06-14T15:59:59.999Z');
  const endOfFirst = await list('688002');
  expect(await days()).toEqual([{ on: '2021-06-14', size: endOfFirst }]);
  clock.set('2021-06-14T16:00:00Z');
  const second = await list('688003');
  clock.set('2021-06-20T01:00:00Z');
  const third = await list('688004');
  const all = [
    { on: '2021-06-14', size: endOfFirst },
    { on: '2021-06-15', size: second },
    { on: '2021-06-20', size: third },
  ];
  expect(await days()).toEqual(all);
  expect(await days()).toEqual(all);
  clock.set('2021-06-21T00:00:00Z');
  for (const { on, size } of all) {
    const { json } = await server.get(`/api/v1/targets?knownAt=${on}T15:59:59.999Z`);
    expect(json.size).toBe(size);
  }
  await server.close();
});
