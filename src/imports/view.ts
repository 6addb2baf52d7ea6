import type { Text } from '../../domain/field.ts';
import type { Decision } from '../../domain/import-events.ts';
import type { Progress } from './imports.ts';

/** An import as it is shown, its refusals worded by whoever shows it. */
export const importView = <Reason>({ counts, ...told }: Progress, worded: (reason: Text) => Reason) => ({
  import: {
    id: told.id,
    register: told.register,
    command: told.command,
    file: told.file,
    sha256: told.sha256,
    by: told.by,
    startedAt: told.startedAt,
    dryRun: told.dryRun,
    state: told.state,
    total: told.total,
    rows: told.rows,
    ...counts,
    ...(told.sheet === undefined ? {} : { sheet: told.sheet }),
    ignored: told.ignored,
    asides: told.asides,
    refusals: told.refusals.map(({ reason, ...place }) => ({ ...place, reason: worded(reason) })),
    ...(told.outcomes === undefined ? {} : { outcomes: told.outcomes }),
    decisions: told.decisions.map(decisionView),
  },
});

/** A decision without its place in the stream. */
export const decisionView = ({ revision: _, at: __, ...decision }: Decision) => decision;
