import type { Command } from 'commander';
import { isSamePerson } from '../../domain/person.ts';
import { type Config, isOriginName } from '../config.ts';
import { kept, pathIn } from '../data-folder.ts';
import { forgetHashes, GrownElsewhere } from '../ledger/growing.ts';
import { begun, ledgerKeyOf, rememberedBy } from '../ledger/opening.ts';
import { type LedgerKey, replaceLedgerKey } from '../ledger/signing-key.ts';
import { type RotationRefused, retireKey, rotateKey } from '../maintenance/ledger-keys.ts';
import { withStore } from './opening.ts';
import { jsonOption, print, printJson, Refusal, settings } from './output.ts';
import { subjectOf } from './subject.ts';

export const ledgerCommands = (program: Command): void => {
  const ledger = program
    .command('ledger')
    .description('the ledger as a transparency log: its key, and a new log after a restore');
  ledger
    .command('key')
    .description('print the key with which anyone can verify this registry’s checkpoints; it is made at first use')
    .option(...jsonOption)
    .action(({ json }: { json?: boolean }) => {
      printKey(ledgerKeyOf(settings()), json);
    });
  byTwo(ledger.command('rotate-key'), rotateKey).description(
    'make a new key that signs from now on, beside the one before it, and record that; a server may keep running',
  );
  byTwo(ledger.command('retire-key'), retireKey).description(
    'let the key before the one that signs sign no more, and delete it; what it signed verifies as before',
  );
  ledger
    .command('new-origin')
    .description(
      'begin a new log under a new name, with a new key: needed once an older backup was restored, and nothing is signed any more; stop the server first',
    )
    .argument('<origin>', 'the new name, such as registry.example.org/ledger-2; set REGISTRY_ORIGIN to it afterwards')
    .option(...jsonOption)
    .action(async (origin: string, { json }: { json?: boolean }) => {
      printKey(await beginNewLog(settings(), origin), json);
      process.stderr.write(`registry: set REGISTRY_ORIGIN=${origin} before the next start\n`);
    });
};

const printKey = ({ origin, verifierKey, former }: LedgerKey, json: boolean | undefined): void => {
  if (json) printJson({ origin, key: verifierKey, ...(former === undefined ? {} : { former: former.verifierKey }) });
  else print(verifierKey);
};

type ByTwo = { readonly as: string; readonly approvedBy: string; readonly json?: boolean };

/** A change of the keys, which takes two people. */
const byTwo = (command: Command, change: typeof rotateKey): Command =>
  command
    .requiredOption('--as <subject>', 'who changes the keys')
    .requiredOption('--approved-by <subject>', 'the second person, who agrees')
    .option(...jsonOption)
    .action(({ as, approvedBy, json }: ByTwo) =>
      withStore(async (store, config) => {
        const people = { by: await subjectOf('--as', as), approvedBy: await subjectOf('--approved-by', approvedBy) };
        if (isSamePerson(people.by, people.approvedBy))
          throw new Refusal('--as and --approved-by are the same person; changing the keys takes two', true);
        const done = await change(config, store, people);
        if ('refused' in done) throw new Refusal(refusal(done));
        printKey(done, json);
      }),
    );

const refusal = (refused: RotationRefused): string => {
  switch (refused.refused) {
    case 'under-way':
      return `the key ${refused.former} still signs beside the new one; retire it first: ./registry ledger retire-key`;
    case 'nothing-to-retire':
      return 'only one key signs; nothing was changed';
    case 'not-signed-by-both':
      return `both keys must have signed the first ${refused.size} events, and have signed ${refused.signed}; a running server signs them within a second or two`;
  }
};

/** Makes the key, unless there is one of this origin, and removes this node’s hashes, which are those of the old log. */
const beginNewLog = async (config: Config, origin: string): Promise<LedgerKey> => {
  if (!isOriginName(origin))
    throw new Refusal(
      `${JSON.stringify(origin)} is no origin: at most 255 characters that web addresses have, without spaces and plus signs`,
      true,
    );
  const remembered = await rememberedBy({ ...config, origin });
  const last = await remembered.last().finally(remembered.close);
  if (last instanceof Buffer) throw new Refusal(`${origin} has signed checkpoints already; a new log needs a new name`);
  try {
    forgetHashes(pathIn(config.dataFolder, kept.leafHashes));
  } catch (error) {
    if (error instanceof GrownElsewhere) throw new Refusal(`a server runs on ${config.dataFolder}; stop it first`);
    throw error;
  }
  return replaceLedgerKey(config.keysFolder, origin, begun({ ...config, origin }));
};
