import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Text } from '../../domain/field.ts';
import { type StoreSetting, storeNamed } from '../config.ts';
import { type Copied, copyLedger } from '../maintenance/copy.ts';
import { assertSealed } from '../store/event-store.ts';
import { openStoreAt } from '../store/open.ts';
import { StoreInUse } from '../store/sqlite/store.ts';
import { storeName } from '../store/store-name.ts';
import { jsonOption, print, printJson, progressBar, Refusal, settings } from './output.ts';

type Outcome = Copied | { readonly outcome: 'target-in-use' };

export const copyCommand = (program: Command): void => {
  program
    .command('copy')
    .description('copy the whole log, to move to another store; continues where an interrupted copy stopped')
    .requiredOption('--from <store>', 'the source, in the form of REGISTRY_STORE: sqlite:FILE or esdb://…')
    .requiredOption('--to <store>', 'the target, in the same form; empty, or holding the beginning of the source')
    .option(...jsonOption)
    .action(async (options: { from: string; to: string; json?: boolean }) => {
      const { dataFolder } = settings();
      const from = storeOf('--from', options.from, dataFolder);
      const to = storeOf('--to', options.to, dataFolder);
      if (storeName(from) === storeName(to)) throw new Refusal(`--from and --to are both ${storeName(to)}`, true);
      if (from.kind === 'sqlite' && !existsSync(from.file))
        throw new Refusal(`--from ${options.from}: there is no file ${from.file}`, true);
      const done = await copied(from, to);
      if (options.json) printJson(done);
      if (done.outcome !== 'copied') {
        const { zh, en } = refusalOf(done);
        throw new Refusal(options.json ? '' : `${zh} / ${en}`);
      }
      if (!options.json)
        print(`${done.size} events, ${done.copied} of them copied now; both stores hold the same events`);
    });
};

const storeOf = (option: string, text: string, dataFolder: string): StoreSetting => {
  const store = storeNamed(option, text, dataFolder);
  if (store === undefined) throw new Refusal(`${option}: expected sqlite:FILE or esdb://…`, true);
  return store;
};

const copied = async (from: StoreSetting, to: StoreSetting): Promise<Outcome> => {
  const source = await openStoreAt(from, '--from', Date.now, {});
  try {
    await assertSealed(source, storeName(from));
    const target = await openStoreAt(to, '--to', Date.now, { alone: true }).catch((error: unknown) => {
      if (error instanceof StoreInUse) return undefined;
      throw error;
    });
    if (target === undefined) return { outcome: 'target-in-use' };
    const bar = progressBar('events');
    try {
      const total = await source.size();
      return await copyLedger(source, target, (done) => bar.update(done, total));
    } finally {
      bar.stop();
      await target.close();
    }
  } finally {
    await source.close();
  }
};

const refusalOf = (done: Exclude<Outcome, { outcome: 'copied' }>): Text => {
  switch (done.outcome) {
    case 'source-empty':
      return { zh: '来源中没有任何事件', en: 'the source holds no events' };
    case 'target-in-use':
      return {
        zh: '目标正被另一进程使用，例如正在运行的服务；请先停止它',
        en: 'another process has the target open, such as a running server; stop it first',
      };
    case 'target-differs':
      return {
        zh: `目标与来源的开头不一致：从第 ${done.entryNumber} 条起内容不同；请使用空的目标`,
        en: `the target does not match the beginning of the source: they differ from entry ${done.entryNumber} on; use an empty target`,
      };
  }
};
