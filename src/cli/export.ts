import type { Command } from 'commander';
import { isDay, shanghaiDay } from '../../domain/calendar.ts';
import type { Config } from '../config.ts';
import { type OpenedCheckpoint, openCheckpoint } from '../ledger/checkpoint.ts';
import { toldOfFault } from '../ledger/fault-texts.ts';
import { ledgerKeyOf, rememberedBy } from '../ledger/opening.ts';
import { hasLedgerKey, keysThatSign, type LedgerKey } from '../ledger/signing-key.ts';
import { type ExportRefusal, exportBundle } from '../maintenance/export.ts';
import { pageIn } from '../page/page.ts';
import { withStore } from './opening.ts';
import { commandLogger, jsonOption, print, printJson, progressBar, Refusal } from './output.ts';

type Options = { readonly on?: readonly string[]; readonly texts: boolean; readonly json?: boolean };

export const exportCommand = (program: Command): void => {
  program
    .command('export')
    .description(
      'write a folder that anyone can verify offline: the events that the last checkpoint signs, and the figures',
    )
    .argument('<folder>', 'a new or empty folder')
    .option('--on <day...>', 'the days of the figures, besides the last of each plan; defaults to today')
    .option('--no-texts', 'leave out free texts, which may speak of people')
    .option(...jsonOption)
    .action((folder: string, { on = [shanghaiDay(Date.now())], texts, json }: Options) =>
      withStore(async (store, config) => {
        const wrong = on.find((day) => !isDay(day));
        if (wrong !== undefined) throw new Refusal(`--on ${wrong}: expected a day, YYYY-MM-DD`, true);
        const { key, note, checkpoint } = await signedLast(config);
        const verifier = (await pageIn(commandLogger(config)).files())?.verifier;
        const what = { note, checkpoint, verifierKey: key.verifierKey, withTexts: texts, days: on, verifier };
        const bar = progressBar('events');
        const done = await exportBundle(folder, store, what, bar.update).finally(bar.stop);
        if ('refused' in done) throw new Refusal(refusal(folder, done), done.refused === 'not-empty');
        const { origin, size } = checkpoint;
        if (json) printJson({ folder, origin, size, root: checkpoint.root.toString('base64'), ...done });
        else print(`${size} events of ${origin} and ${done.statements} figures in ${folder}`);
      }),
    );
};

/** The checkpoint that was signed last, verified with the node’s own key. */
const signedLast = async (
  config: Config,
): Promise<{ readonly key: LedgerKey; readonly note: Buffer; readonly checkpoint: OpenedCheckpoint }> => {
  const nothing = new Refusal('no checkpoint is signed yet; serve signs the first one');
  if (!hasLedgerKey(config.keysFolder)) throw nothing;
  const key = ledgerKeyOf(config);
  const remembered = await rememberedBy(config);
  const note = await remembered.last().finally(remembered.close);
  if (!(note instanceof Buffer)) throw nothing;
  const checkpoint = openCheckpoint(note, {
    origin: key.origin,
    keys: keysThatSign(key).map(({ verifier }) => verifier),
  });
  if ('fault' in checkpoint) throw new Refusal(`the checkpoint that was signed last: ${toldOfFault(checkpoint).en}`);
  if (checkpoint.size === 0) throw nothing;
  return { key, note, checkpoint };
};

const refusal = (folder: string, { refused, entryNumber }: ExportRefusal): string => {
  switch (refused) {
    case 'not-empty':
      return `${folder} is not an empty folder; nothing was written`;
    case 'no-leaf':
      return `entry number ${entryNumber} has no leaf, so it cannot have been signed; ${folder} is not complete`;
    case 'short-store':
      return `the store has ${entryNumber} events, fewer than were signed; ${folder} is not complete`;
    case 'erased-since':
      return `a text of entry number ${entryNumber} was erased after the last checkpoint; a running server signs the next one within seconds: then export again into an empty folder, or now with --no-texts`;
    case 'other-root':
      return `the store does not have the events that were signed; ${folder} is not complete`;
  }
};
