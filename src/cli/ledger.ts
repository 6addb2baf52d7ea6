import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { isDay, shanghaiDay } from '../../domain/calendar.ts';
import type { TargetFigure } from '../../domain/targets.ts';
import { unknownTypes } from '../../projections/trail.ts';
import type { Config } from '../config.ts';
import { explain, type Replayed, replayLog, targetsDocument } from '../maintenance/replay.ts';
import { currentVersion, openReadModelFile } from '../readmodel/file.ts';
import { currentPath } from '../readmodel/files.ts';
import { isOfStore } from '../readmodel/read-model.ts';
import { rebuild } from '../readmodel/rebuild.ts';
import { readModelFolder } from '../registry.ts';
import { type EventStore, type Place, placeAfter, start } from '../store/event-store.ts';
import { openStore } from '../store/open.ts';
import { storeName } from '../store/store-name.ts';
import { print, printJson, progressBar, Refusal, settings, table } from './output.ts';

type ViewOptions = { readonly on?: string; readonly knownAt?: string; readonly json?: boolean };

export const ledgerCommands = (program: Command): void => {
  const asked = (command: Command) =>
    command
      .option('--on <day>', 'a day in Shanghai; today where left out')
      .option('--known-at <instant|size>', 'what was known by an instant, or by the first so many events')
      .option('--json', 'one JSON document on stdout');

  asked(program.command('replay'))
    .description('replay the log from its first event, ignoring every read model')
    .action(async (options: ViewOptions) => {
      await withStore(async (store) => {
        const document = targetsDocument(await replayed(store, options), dayOf(options));
        if (options.json) printJson(document);
        else print(`${header(document)}\n\n${figures(document.targets)}`);
      });
    });

  asked(program.command('explain'))
    .description('the entries behind one number, each with the events that make it count')
    .argument('<target>', 'a target’s id, such as model-factories')
    .option('--plan <plan>', 'the plan, where several have such a target')
    .action(async (id: string, options: ViewOptions & { plan?: string }) => {
      await withStore(async (store) => {
        const explained = explain(await replayed(store, options, true), id, dayOf(options), options.plan);
        if (explained === undefined) throw new Refusal(`no plan known then has a target ${id}`);
        if (options.json) return printJson(explained);
        const { target, entries } = explained;
        print(
          `${target.title.zh} · ${target.title.en}: ${target.count} on ${target.countedOn}\n${header(explained)}\n`,
        );
        for (const { register, key, name, since, events } of entries) {
          print(`${register}/${key} ${name}, since ${since}`);
          for (const { type, effectiveOn, entryNumber, recordedAt, by, approvedBy } of events) {
            print(
              `  #${entryNumber} ${type} of ${effectiveOn}, recorded ${recordedAt} by ${by}${approvedBy === undefined ? '' : `, approved by ${approvedBy}`}`,
            );
          }
        }
      });
    });

  program
    .command('rebuild')
    .description(
      'a fresh read model beside the old one, compared row for row, swapped in; works beside a running server',
    )
    .option('--json', 'one JSON document on stdout')
    .action(async ({ json }: { json?: boolean }) => {
      await withStore(async (store, config) => {
        const bar = progressBar('events');
        const done = await rebuild(readModelFolder(config), store, Date.now, bar.update).finally(bar.stop);
        if (json) printJson(done);
        else {
          for (const { table: name, serving, rebuilt } of done.differences)
            print(`${name}\n  serving ${serving}\n  rebuilt ${rebuilt}`);
          for (const { plan, target, before, after } of done.targets)
            print(`${plan}/${target}: ${before} before, ${after} now`);
          print(
            done.swapped
              ? `${done.events} events folded; the rebuilt read model serves`
              : `${done.events} events folded; the rows above differ, so the old read model goes on serving`,
          );
        }
        if (!done.swapped) throw new Refusal('');
      });
    });

  program
    .command('status')
    .description('the store, the ledger’s size, and how far the read model lags behind')
    .option('--json', 'one JSON document on stdout')
    .action(async ({ json }: { json?: boolean }) => {
      await withStore(async (store, config) => {
        const status = await statusOf(store, config);
        if (json) return printJson(status);
        const { readModel } = status;
        print(
          table([
            ['store', status.store],
            ['ledger size', String(status.size)],
            ['last recorded', status.lastRecordedAt ?? 'nothing yet'],
            ['read model', readModel === null ? 'none yet; serve builds it' : readModel.version],
            ...(readModel === null ? [] : [['lag', `${readModel.lag} events`]]),
            ...(readModel?.stopped ? [['stopped', readModel.stopped]] : []),
            ...(readModel?.unknown ?? []).map(({ type, count }) => [
              'unknown',
              `${count} × ${type}, kept in the trail, counting nothing`,
            ]),
          ]),
        );
      });
    });
};

const statusOf = async (store: EventStore, config: Config) => {
  const path = currentPath(readModelFolder(config));
  const found = path !== undefined && existsSync(path) ? openReadModelFile(path) : undefined;
  try {
    const file = found?.readable && !(await isOfStore(found, store)) ? undefined : found;
    const { size, recordedAt = null } = await endOf(store, file?.place() ?? start);
    return {
      store: storeName(config.store),
      size,
      lastRecordedAt: recordedAt,
      readModel: file
        ? {
            version: file.version,
            current: file.version === currentVersion,
            size: file.place().size,
            lag: size - file.place().size,
            stopped: file.stopped() ?? null,
            unknown: file.readable ? file.all(unknownTypes) : [],
          }
        : null,
    };
  } finally {
    found?.close();
  }
};

const endOf = async (store: EventStore, folded: Place): Promise<Place> => {
  let place = folded;
  for (;;) {
    const last = (await store.readAll(place, 5_000)).at(-1);
    if (last === undefined) return place;
    place = placeAfter(last);
  }
};

const withStore = async (work: (store: EventStore, config: Config) => Promise<void>): Promise<void> => {
  const config = settings();
  const store = await openStore(config, Date.now);
  try {
    await work(store, config);
  } finally {
    await store.close();
  }
};

const dayOf = ({ on }: ViewOptions): string => {
  if (on !== undefined && !isDay(on)) throw new Refusal(`--on ${on}: expected a day, YYYY-MM-DD`, true);
  return on ?? shanghaiDay(Date.now());
};

const replayed = async (store: EventStore, { knownAt }: ViewOptions, keepEvents = false): Promise<Replayed> => {
  const total = await store.size();
  const until = untilOf(knownAt, total);
  const bar = progressBar('events');
  return replayLog(store, until, (done) => bar.update(done, until.size ?? total), keepEvents).finally(bar.stop);
};

const untilOf = (knownAt: string | undefined, total: number): { size?: number; instantMs?: number } => {
  if (knownAt === undefined) return { size: total };
  if (/^\d+$/.test(knownAt)) {
    if (Number(knownAt) > total) throw new Refusal(`--known-at ${knownAt}: the ledger has ${total} events`, true);
    return { size: Number(knownAt) };
  }
  try {
    const instantMs = Temporal.Instant.from(knownAt).epochMilliseconds;
    if (instantMs <= Date.now()) return { instantMs };
  } catch {
    throw new Refusal(`--known-at ${knownAt}: expected an instant (RFC 3339) or a number of events`, true);
  }
  throw new Refusal(`--known-at ${knownAt}: lies in the future`, true);
};

const header = ({ on, knownAt, size }: { on: string; knownAt: string | null; size: number }): string =>
  `on ${on}, known by ${size} events${knownAt === null ? '' : `, the last of ${knownAt}`}`;

const figures = (targets: readonly TargetFigure[]): string =>
  table([
    ['target', 'count', 'goal', 'expected', 'pace', 'counted on', ''],
    ...targets.map(({ id, count, goal, expected, pace, countedOn, title }) => [
      id,
      String(count),
      goal === null ? '–' : goal.max === undefined ? String(goal.min) : `${goal.min}–${goal.max}`,
      expected === null ? '–' : String(expected),
      pace ?? '–',
      countedOn,
      title.zh,
    ]),
  ]);
