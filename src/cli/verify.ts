import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { toldOfBundle } from '../bundle/faults.ts';
import { folderAt } from '../bundle/folder-on-disk.ts';
import { checkedBy, isVerified, toldOfVerdict } from '../bundle/verdict-texts.ts';
import { type Verdict, verifyBundle } from '../bundle/verify.ts';
import { cosignatureVerifier } from '../ledger/cosignature.ts';
import { toldOfFault } from '../ledger/fault-texts.ts';
import { noteVerifier, type Verifier } from '../ledger/note.ts';
import type { KeyFault } from '../ledger/note-keys.ts';
import { jsonOption, print, printJson, progressBar, Refusal } from './output.ts';

type Options = {
  readonly key: readonly string[];
  readonly checkpoint?: string;
  readonly witness?: readonly string[];
  readonly json?: boolean;
};

export const verifyCommand = (program: Command): void => {
  program
    .command('verify')
    .description('check a folder that export has written, offline: events, signatures, texts and every figure')
    .argument('<folder>', 'the folder')
    .option(
      '--key <vkey>',
      'the registry’s verifier key, from elsewhere than the folder: ./registry ledger key prints it; again for a former key',
      (key: string, given: readonly string[]) => [...given, key],
      [],
    )
    .option('--checkpoint <file>', 'an older checkpoint of the registry that you have kept')
    .option('--witness <vkey...>', 'the verifier key of a witness that must have cosigned')
    .option(...jsonOption)
    .action((folder: string, { key, checkpoint, witness = [], json }: Options) => {
      const pinned = {
        keys: key.map((each) => verifierOf('--key', each, noteVerifier)),
        ...(checkpoint === undefined ? {} : { older: bytesOf(checkpoint) }),
        witnesses: witness.map((each) => verifierOf('--witness', each, cosignatureVerifier)),
      };
      const bar = progressBar('events');
      const verdict = (() => {
        try {
          return verifyBundle(folderAt(folder), pinned, bar.update);
        } finally {
          bar.stop();
        }
      })();
      if (json) printJson({ verified: isVerified(verdict), ...verdict, faults: verdict.faults.map(answerOf) });
      else print(described(verdict));
      if (!isVerified(verdict)) throw new Refusal('');
    });
};

const verifierOf = (option: string, text: string, parse: (text: string) => Verifier | KeyFault): Verifier => {
  const verifier = parse(text.trim());
  if ('fault' in verifier) throw new Refusal(`${option}: ${toldOfFault(verifier).en}`, true);
  return verifier;
};

const bytesOf = (path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Refusal(`--checkpoint ${path}: ${error instanceof Error ? error.message : error}`, true);
  }
};

const answerOf = (fault: Verdict['faults'][number]) => ({ fault: fault.fault, ...toldOfBundle(fault) });

const described = (verdict: Verdict): string => {
  const { zh, en } = toldOfVerdict(verdict);
  const faults = verdict.faults.map((fault) => toldOfBundle(fault)).map((told) => `✗ ${told.en} · ${told.zh}`);
  if (faults.length > 0) return [`${en} · ${zh}`, ...faults].join('\n');
  const [hint, hintZh] = verdict.isAnchored
    ? ['', '']
    : [
        ': give --key or --checkpoint from elsewhere than the folder',
        '：请以 --key 或 --checkpoint 给出来自他处的密钥或检查点',
      ];
  return [...checkedBy(verdict).map((told) => told.en), `${en}${hint} · ${zh}${hintZh}`].join('\n');
};
