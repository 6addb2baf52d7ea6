import type { Command } from 'commander';
import { type Audited, NothingToAudit } from '../ledger/audit.ts';
import { keptAudit } from '../ledger/audit-node.ts';
import { toldOfFault } from '../ledger/fault-texts.ts';
import { withStore } from './opening.ts';
import { jsonOption, print, printJson, progressBar, Refusal } from './output.ts';

export const auditCommand = (program: Command): void => {
  program
    .command('audit')
    .description(
      'compare every event of the store with the hashes that this node keeps and with what was signed last, now; a server may keep running',
    )
    .option(...jsonOption)
    .action(({ json }: { json?: boolean }) =>
      withStore(async (store, config) => {
        const bar = progressBar('events');
        const rest = async ({ checked, size }: Audited) => bar.update(checked, size);
        const audited = await keptAudit(config, store, { patient: (work) => work(), rest, onState: () => {} })
          .catch((error: unknown) => {
            throw error instanceof NothingToAudit ? new Refusal(error.message) : error;
          })
          .finally(bar.stop);
        const { checked, size, faults } = audited;
        const isUnchanged = faults.length === 0;
        if (json)
          printJson({
            unchanged: isUnchanged,
            checked,
            size,
            faults: faults.map((fault) => ({ ...fault, ...toldOfFault(fault) })),
          });
        else print(described(audited));
        if (!isUnchanged) throw new Refusal('');
      }),
    );
};

const described = ({ size, faults }: Audited): string =>
  faults.length === 0
    ? `${size} events, each as it was hashed: nothing has changed · 未发现改动`
    : [
        'the ledger was changed · 台账被改动',
        ...faults.map((fault) => toldOfFault(fault)).map(({ zh, en }) => `✗ ${en} · ${zh}`),
      ].join('\n');
