import { join } from 'node:path';
import { expect } from 'vitest';
import { isJsonObject, type JsonObject, textOrEmpty } from '../../domain/json.ts';
import { openTokens } from '../../src/identity/tokens.ts';
import { replayLog, targetsDocument } from '../../src/maintenance/replay.ts';
import { rebuild } from '../../src/readmodel/rebuild.ts';
import { type EventStore, type PlacedEvent, placeAfter, start } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { get } from '../cli/command-line.ts';
import type { Chance } from './chance.ts';

/** What an office has sent to a registry and the answers it got, to compare with the ledger. */

/** One command, or one approval; sent again, it is the same. */
type Sent = {
  /** Identifies its event. */
  readonly mark: string;
  readonly path: string;
  readonly body: JsonObject | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly entry: Known;
  /** The status of the last answer; undefined while the outcome is unknown, 0 if it was given up. */
  status?: number;
  /** The revision of its event, from the answer. */
  revision?: number;
};

/** A factory as the clerks know it from their answers. */
type Known = { readonly key: string; revision: number; status: string; pending?: string };

export type Office = {
  /** Sends commands from N desks at once until the signal aborts or no desk gets an answer. */
  readonly work: (url: string, until: AbortSignal, desks?: number) => Promise<void>;
  /** Sends one nomination of a new factory; resolves to undefined if there was no answer. */
  readonly nominate: (url: string) => Promise<Answer | undefined>;
  /** Sends again every request that got no answer or a 503. */
  readonly ask: (url: string) => Promise<void>;
  /** The number of requests whose last answer had a status; `undefined` counts those of unknown outcome. */
  readonly answered: (status: number | undefined) => number;
  /** Resolves once N requests have been answered with 201. */
  readonly recorded: (count: number) => Promise<void>;
  /** Treats unanswered requests as never received: the ledger must not have them. */
  readonly giveUp: () => void;
  /** Compares a data folder's ledger with the journal and, given a server's URL, its read model with the ledger. */
  readonly check: (url?: string, data?: string) => Promise<void>;
};

type Answer = { readonly status: number; readonly headers: Headers; readonly text: string };

const dayMs = 86_400_000;
const clerk = 'li.wei';
const reviewer = 'wang.fang';

/** Opens an office that works on the registry in a folder; offices of different names use different keys. */
export const openOffice = async (
  folder: string,
  chance: Chance,
  name = 'f',
  ownData = join(folder, 'data'),
): Promise<Office> => {
  // Signed two days ago, so that a clock that is set back by a day does not make them tokens of the future.
  const tokens = openTokens(join(ownData, 'keys'), 'localhost/upgrade-registry', () => Date.now() - 2 * dayMs);
  const clerks = await tokens.sign(clerk, ['clerk'], 4 * 86_400);
  const reviewers = await tokens.sign(reviewer, ['reviewer'], 4 * 86_400);
  const journal = new Map<string, Sent>();
  const entries: Known[] = [];
  const listeners = new Set<() => void>();

  const send = async (url: string, given: Sent): Promise<Answer | undefined> => {
    // Two desks may approve the same submission: that is one approval, and the first answer is its answer.
    const sent = journal.get(given.mark) ?? given;
    journal.set(sent.mark, sent);
    try {
      const response = await fetch(`${url}${sent.path}`, {
        method: 'POST',
        headers: { ...sent.headers, ...(sent.body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(sent.body === undefined ? {} : { body: JSON.stringify(sent.body) }),
      });
      const text = await response.text();
      if (sent.status !== 201) sent.status = response.status;
      for (const listener of listeners) listener();
      if (response.ok) learn(sent, response.status, JSON.parse(text), response.headers.get('etag'));
      return { status: response.status, headers: response.headers, text };
    } catch {
      return undefined;
    }
  };

  // biome-ignore lint/suspicious/noExplicitAny: the answers' shapes are checked by the tests of the OpenAPI document
  const learn = (sent: Sent, status: number, answer: any, etag: string | null): void => {
    const { entry } = sent;
    sent.revision = status === 201 ? answer.events[0].revision : Number(answer.submission.id.split('~')[2]);
    const seen = etag === null ? (sent.revision ?? -1) : Number(etag.slice(1, -1));
    if (seen < entry.revision) return;
    entry.revision = seen;
    if (status === 202) entry.pending = answer.submission.id;
    else {
      entry.status = answer.entry.status;
      delete entry.pending;
    }
  };

  const command = (entry: Known, command: string, fields: JsonObject): Sent => {
    const mark = `${name} ${journal.size}`;
    const body = { effectiveOn: '2020-01-10', ...fields, note: mark };
    return {
      mark,
      path: `/api/v1/factories/${entry.key}/${command}`,
      body,
      headers: {
        authorization: `Bearer ${clerks}`,
        'idempotency-key': `${name}-${journal.size}`,
        ...(entry.revision === -1 ? {} : { 'if-match': `"${entry.revision}"` }),
      },
      entry,
    };
  };

  const nomination = (): Sent => {
    const entry: Known = { key: `${name}${entries.length}`, revision: -1, status: 'none' };
    entries.push(entry);
    return command(entry, 'nominate', { name: `第 ${entry.key} 厂`, sector: 'automobiles', district: 'pudong' });
  };

  /** The next request of a desk: mostly something new, often about a factory that other desks work on too. */
  const next = (): Sent => {
    const entry = entries[chance.below(Math.min(entries.length, 40) + 10)];
    if (entry === undefined || entry.revision === -1) return nomination();
    if (entry.pending !== undefined)
      return {
        mark: entry.pending,
        path: `/api/v1/submissions/${entry.pending}/approve`,
        body: undefined,
        headers: { authorization: `Bearer ${reviewers}` },
        entry,
      };
    if (entry.status === 'nominated') return command(entry, 'certify', { grade: 'demonstration' });
    return command(entry, 'amend', { operator: `operator ${journal.size}` });
  };

  return {
    work: async (url, until, desks = 8) => {
      const desk = async () => {
        while (!until.aborted) if ((await send(url, next())) === undefined) return;
      };
      await Promise.all(Array.from({ length: desks }, desk));
    },
    nominate: (url) => send(url, nomination()),
    ask: async (url) => {
      for (const sent of journal.values()) if (sent.status === undefined || sent.status === 503) await send(url, sent);
    },
    answered: (status) => [...journal.values()].filter((sent) => sent.status === status).length,
    recorded: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if ([...journal.values()].filter(({ status }) => status === 201).length < count) return;
          listeners.delete(check);
          resolve();
        };
        listeners.add(check);
        check();
      }),
    giveUp: () => {
      for (const sent of journal.values()) sent.status ??= 0;
    },
    check: async (url, data = ownData) => {
      const store = openSqliteStore({ file: join(data, 'events.db'), now: Date.now });
      try {
        const events = await eventsIn(store);
        checkOrder(events);
        checkJournal(
          journal,
          events.filter(({ data }) => data.key.startsWith(name)),
        );
        if (url !== undefined) await checkReadModel(data, url, store);
      } finally {
        await store.close();
      }
    },
  };
};

const eventsIn = async (store: EventStore): Promise<readonly PlacedEvent[]> => {
  const events: PlacedEvent[] = [];
  for (let place = start; ; ) {
    const page = await store.readAll(place, 5_000);
    const last = page.at(-1);
    if (last === undefined) return events;
    events.push(...page);
    place = placeAfter(last);
  }
};

/** Entry numbers and revisions have no gap, no id occurs twice, no time is before the previous one. */
const checkOrder = (events: readonly PlacedEvent[]): void => {
  const revisions = new Map<string, number>();
  let latest = '';
  for (const [index, { entryNumber, stream, revision, recordedAt }] of events.entries()) {
    const before = revisions.get(stream) ?? -1;
    if (entryNumber !== index || revision !== before + 1 || recordedAt < latest)
      throw new Error(
        `${stream} ${revision} of ${recordedAt} is entry ${entryNumber}; expected ${index}, ${before + 1}`,
      );
    revisions.set(stream, revision);
    latest = recordedAt;
  }
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
};

/** What tells the request that an event came from: the submission that it approves, or its note. */
const markOf = ({ data, metadata }: PlacedEvent): string => {
  const { body } = data.data;
  return metadata.submission ?? data.note ?? textOrEmpty(isJsonObject(body) ? body.note : undefined);
};

/** Every acknowledged event is there exactly once, and no event that was refused or that nobody sent. */
const checkJournal = (journal: ReadonlyMap<string, Sent>, events: readonly PlacedEvent[]): void => {
  const recorded = new Map(events.map((event) => [markOf(event), event]));
  expect(recorded.size, 'an event was recorded twice').toBe(events.length);
  expect(
    [...recorded.keys()].filter((mark) => !journal.has(mark)),
    'nobody sent these',
  ).toEqual([]);
  for (const { mark, path, status, revision } of journal.values()) {
    const there = recorded.get(mark);
    if (status === 201 || status === 202) expect(there?.revision, `${path} was answered ${status}`).toBe(revision);
    else if (status !== undefined) expect(there?.id, `${path} was refused with ${status}`).toBeUndefined();
  }
};

/** The read model is up to date, equals a rebuild from the ledger row for row, and counts what a replay counts. */
const checkReadModel = async (data: string, url: string, store: EventStore): Promise<void> => {
  const position = await store.end();
  const targets = await get(`${url}/api/v1/targets?on=2021-06-30`, undefined, { 'registry-position': position });
  expect(targetsDocument(await replayLog(store, { size: targets.size }), '2021-06-30')).toEqual(targets);
  const { differences, swapped } = await rebuild(join(data, 'readmodel'), store, Date.now, () => {});
  expect({ differences, swapped }).toEqual({ differences: [], swapped: true });
};
