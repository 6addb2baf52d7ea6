import { countingRules } from '../../domain/counting-rules.ts';
import { type Json, sameJson } from '../../domain/json.ts';
import { type Stated, statementSchema } from './contents.ts';
import type { ReadEvents } from './events.ts';
import type { BundleFault } from './faults.ts';
import type { OpenFile } from './folder.ts';
import { jsonIn, linesOf, textIn } from './lines.ts';
import type { Asked, recounting } from './recount.ts';

/** A statement of a folder in its line, and the figure that it is about. */
export type StatedLine = { readonly line: number; readonly stated: Stated; readonly asked: Asked };

const lineLimitBytes = 100_000_000;

export const statementsIn = (
  file: OpenFile | undefined,
  report: (fault: BundleFault) => void,
): readonly StatedLine[] => {
  const lines: StatedLine[] = [];
  let line = 0;
  for (const { bytes } of linesOf(file, lineLimitBytes)) {
    line += 1;
    const { data: stated } = statementSchema.safeParse(jsonIn(textIn(bytes)));
    if (stated === undefined) {
      report({ fault: 'malformed-statement', line });
      continue;
    }
    const { target, on, size } = stated;
    lines.push({ line, stated, asked: { plan: target.plan, target: target.id, on, size } });
  }
  return lines;
};

/**
 * Reports each statement that is not what the events give. If the tree is not as signed, which is reported by itself, no
 * root can be as stated, and only the figures are compared.
 */
export const compareStatements = (
  lines: readonly StatedLine[],
  recount: ReturnType<typeof recounting>,
  { at, isAsSigned }: Pick<ReadEvents, 'at'> & { readonly isAsSigned: boolean },
  report: (fault: BundleFault) => void,
): void => {
  for (const { line, stated, asked } of lines) {
    const known = at.get(asked.size);
    if (known === undefined) report({ fault: 'statement-beyond', line, size: asked.size });
    else if (stated.rules !== countingRules) report({ fault: 'other-rules', line, rules: stated.rules });
    else {
      const differs = differing(stated, recount.statement(asked, known));
      const members = differs.filter((name) => isAsSigned || name !== 'root');
      const { target, on } = asked;
      if (members.length > 0) report({ fault: 'wrong-statement', line, target, on, members });
    }
  }
};

/** The members of a statement that are not as counted. */
const differing = (stated: object, counted: object | undefined): readonly string[] => {
  if (counted === undefined) return ['target'];
  const [said, is] = [membersOf(stated), membersOf(counted)];
  return [...new Set([...said.keys(), ...is.keys()])].filter(
    (name) => !sameJson(said.get(name) ?? null, is.get(name) ?? null),
  );
};

const membersOf = (value: object): ReadonlyMap<string, Json> => new Map(Object.entries(value));
