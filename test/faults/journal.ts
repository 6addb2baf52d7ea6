import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import { canonicalJson, type JsonObject } from '../../domain/json.ts';
import { openTokens } from '../../src/identity/tokens.ts';
import { replayLog, targetsDocument } from '../../src/maintenance/replay.ts';
import { rebuild } from '../../src/readmodel/rebuild.ts';
import { type EventStore, type PlacedEvent, placeAfter, start } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { get } from '../cli/command-line.ts';
import type { Chance } from './chance.ts';

/** What an office has sent to a registry and what it was answered, to be held against the ledger. */

/** One command, or one approval; sent again, it is the same. */
type Sent = {
  /** What tells its event from all others. */
  readonly mark: string;
  readonly path: string;
  readonly body: JsonObject | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly entry: Known;
  /** The last status that it was answered; undefined while nobody knows, 0 where it was given up. */
  status?: number;
  /** Where its event is, as it was answered. */
  revision?: number;
};

/** A factory as the clerks know it from the answers they got. */
type Known = { readonly key: string; revision: number; status: string; pending?: string };

export type Office = {
  /** Sends commands from so many desks at once until told to stop, or until no desk gets an answer any more. */
  readonly work: (url: string, until: AbortSignal, desks?: number) => Promise<void>;
  /** Sends one nomination of a new factory; its status, or undefined where there was no answer. */
  readonly nominate: (url: string) => Promise<Answer | undefined>;
  /** Sends again whatever was not answered, or was told to come again later. */
  readonly ask: (url: string) => Promise<void>;
  /** How many requests have been answered with each status; `undefined` are those that nobody knows the fate of. */
  readonly answered: (status: number | undefined) => number;
  /** Resolves once so many requests have been answered with 201. */
  readonly recorded: (count: number) => Promise<void>;
  /** Takes what was not answered for never received: the ledger must not have it. */
  readonly giveUp: () => void;
  /** Holds a data folder's ledger against the journal and, where a server runs on it, its read model against the ledger. */
  readonly check: (url?: string, data?: string) => Promise<void>;
};

type Answer = { readonly status: number; readonly headers: Headers; readonly text: string };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const clerk = 'li.wei';
const reviewer = 'wang.fang';

/** Opens an office that works on the registry in a folder; `name` keeps the keys of several apart. */
export const openOffice = async (
  folder: string,
  chance: Chance,
  name = 'f',
  ownData = join(folder, 'data'),
): Promise<Office> => {
  const tokens = openTokens(join(ownData, 'keys'), 'localhost/upgrade-registry', Date.now);
  const clerks = await tokens.sign(clerk, ['clerk'], 86_400);
  const reviewers = await tokens.sign(reviewer, ['reviewer'], 86_400);
  const journal = new Map<string, Sent>();
  const entries: Known[] = [];
  const listeners = new Set<() => void>();

  const send = async (url: string, given: Sent): Promise<Answer | undefined> => {
    // Two desks may approve the same submission: it is one approval, answered as soon as one of them is.
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

  // biome-ignore lint/suspicious/noExplicitAny: the answers' shapes are checked where the OpenAPI document is tested
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
    const body = { effectiveOn: '2020-01-10', ...fields, note: `${name} ${journal.size}` };
    return {
      mark: sha256(canonicalJson(body)),
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

  /** What comes next at a desk: mostly something new, often about a factory that others work on as well. */
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
        const look = () => {
          if ([...journal.values()].filter(({ status }) => status === 201).length < count) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
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

/** Entries without a gap, streams without a gap, no id twice, no time before the one before. */
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

const markOf = ({ metadata }: PlacedEvent): string => metadata.submission ?? metadata.bodySha256;

/** No acknowledged event is lost, none is there twice, none is there that nobody sent, or that was refused. */
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

/** The read model has folded all, is what a rebuild from the log makes, row for row, and counts what replay counts. */
const checkReadModel = async (data: string, url: string, store: EventStore): Promise<void> => {
  const position = await store.end();
  const targets = await get(`${url}/api/v1/targets?on=2021-06-30`, undefined, { 'registry-position': position });
  expect(targetsDocument(await replayLog(store, { size: targets.size }), '2021-06-30')).toEqual(targets);
  const { differences, swapped } = await rebuild(join(data, 'readmodel'), store, Date.now, () => {});
  expect({ differences, swapped }).toEqual({ differences: [], swapped: true });
};
