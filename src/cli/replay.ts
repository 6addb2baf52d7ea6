import type { Command } from 'commander';
import { isDay, shanghaiDay } from '../../domain/calendar.ts';
import type { TargetFigure } from '../../domain/targets.ts';
import { type Explanation, explain, type Replayed, replayLog, targetsDocument } from '../maintenance/replay.ts';
import type { EventStore } from '../store/event-store.ts';
import { withStore } from './opening.ts';
import { jsonOption, print, printJson, progressBar, Refusal, table } from './output.ts';

type ViewOptions = { readonly on?: string; readonly knownAt?: string; readonly json?: boolean };

export const replayCommands = (program: Command): void => {
  const withView = (command: Command) =>
    command
      .option('--on <day>', 'a day in Shanghai, YYYY-MM-DD; defaults to today')
      .option('--known-at <instant|size>', 'as known at an instant, or after the first N events; defaults to now')
      .option(...jsonOption);

  withView(program.command('replay'))
    .description('replay the log from its first event, ignoring every read model')
    .action(async (options: ViewOptions) => {
      const [on, knownAt] = [dayOf(options), knownAtOf(options)];
      await withStore(async (store) => {
        const document = targetsDocument(await replayed(store, knownAt), on);
        if (options.json) printJson(document);
        else print(`${header(document)}\n\n${figures(document.targets)}`);
      });
    });

  withView(program.command('explain'))
    .description('list the entries behind one number, each with the events that make it count')
    .argument('<target>', 'a target’s id, such as model-factories')
    .option('--plan <plan>', 'the plan, if several have this target')
    .action(async (id: string, options: ViewOptions & { plan?: string }) => {
      const [on, knownAt] = [dayOf(options), knownAtOf(options)];
      await withStore(async (store) => {
        const explained = explain(await replayed(store, knownAt, true), id, on, options.plan);
        if (explained === undefined) throw new Refusal(`no plan known at that point has a target "${id}"`);
        if (options.json) printJson(explained);
        else printExplanation(explained);
      });
    });
};

/** The first N events, or those recorded by an instant in epoch milliseconds; all if it says neither. */
type KnownAt = { readonly size?: number; readonly instantMs?: number };

const replayed = async (store: EventStore, { size, instantMs }: KnownAt, keepEvents = false): Promise<Replayed> => {
  const total = await store.size();
  if (size !== undefined && size > total) throw new Refusal(`--known-at ${size}: the ledger has ${total} events`, true);
  const until = instantMs === undefined ? { size: size ?? total } : { instantMs };
  const bar = progressBar('events');
  const known = await replayLog(store, until, (done) => bar.update(done, size ?? total), keepEvents).finally(bar.stop);
  if (instantMs !== undefined && instantMs > Date.now()) assertRecordedBy(instantMs, known, total);
  return known;
};

/**
 * Throws a `Refusal` if an instant ahead of this machine's clock is also later than everything that was recorded: the
 * store's clock, or another node's, may be ahead, and what is recorded is never in the future.
 */
const assertRecordedBy = (instantMs: number, { size, knownAt }: Replayed, total: number): void => {
  if (size < total || (knownAt !== null && Date.parse(knownAt) >= instantMs)) return;
  throw new Refusal(`--known-at ${new Date(instantMs).toISOString()}: must not be in the future`, true);
};

const dayOf = ({ on }: ViewOptions): string => {
  if (on !== undefined && !isDay(on)) throw new Refusal(`--on ${on}: expected a day, YYYY-MM-DD`, true);
  return on ?? shanghaiDay(Date.now());
};

const knownAtOf = ({ knownAt }: ViewOptions): KnownAt => {
  if (knownAt === undefined) return {};
  if (/^\d+$/.test(knownAt)) return { size: Number(knownAt) };
  try {
    return { instantMs: Temporal.Instant.from(knownAt).epochMilliseconds };
  } catch {
    throw new Refusal(`--known-at ${knownAt}: expected an instant (RFC 3339) or a number of events`, true);
  }
};

const printExplanation = (explained: Omit<Explanation, 'targets'>): void => {
  const { target, entries } = explained;
  print(`${target.title.zh} · ${target.title.en}: ${target.count} on ${target.countedOn}\n${header(explained)}\n`);
  for (const { register, key, name, since, events } of entries) {
    print(`${register}/${key} ${name}, since ${since}`);
    for (const { type, effectiveOn, entryNumber, recordedAt, by, approvedBy } of events) {
      const approval = approvedBy === undefined ? '' : `, approved by ${approvedBy}`;
      print(`  #${entryNumber} ${type} of ${effectiveOn}, recorded ${recordedAt} by ${by}${approval}`);
    }
  }
};

const header = ({ on, knownAt, size }: { on: string; knownAt: string | null; size: number }): string =>
  `on ${on}, as known after ${size} events${knownAt === null ? '' : `, the last recorded ${knownAt}`}`;

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
