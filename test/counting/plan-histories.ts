import fc from 'fast-check';
import type { Day } from '../../domain/calendar.ts';
import type { JsonObject } from '../../domain/json.ts';
import {
  type Action,
  andThen,
  annulled,
  corrected,
  type Known,
  nothingOf,
  submittedBy,
  when,
} from '../domain/given.ts';
import { plan } from '../domain/vocabulary.ts';
import type { Ledger } from '../readmodel/histories.ts';

/** Days in and around those of the generated histories, so that plans begin and end between them. */
const planDays: readonly Day[] = ['2020-02-28', '2020-02-29', '2020-03-02'];
const day = fc.constantFrom(...planDays);
const goal = fc.oneof(
  fc.constant(null),
  fc.record({ min: fc.nat(4) }),
  fc.nat(3).map((min) => ({ min, max: min + 1 })),
);
const target = fc.record(
  {
    id: fc.constantFrom('a', 'suppliers'),
    measure: fc.constantFrom(
      ...['factories.certified', 'factories.benchmark', 'enterprises.upgraded', 'suppliers.designated'],
      ...['suppliers.designated-10bn', 'platforms.national'],
    ),
    title: fc.constant({ zh: '目标', en: 'Target' }),
    goal,
    sector: fc.constantFrom('automobiles', 'biomedicine'),
    district: fc.constantFrom('pudong', 'minhang'),
  },
  { requiredKeys: ['id', 'measure', 'title', 'goal'] },
);
const targets = fc.uniqueArray(target, { minLength: 1, maxLength: 3, selector: ({ id }) => id });

const attempt = fc.record({
  key: fc.constantFrom('Minhang-2020', 'shanghai-2020'),
  is: fc.constantFrom('adopt', 'adopt', 'revise', 'revise', 'revise', 'amend', 'correct', 'annul', 'submit'),
  pick: fc.nat(9),
  on: day,
  span: fc.tuple(day, day),
  targets,
  goal,
  /** After how many events of the other entries. */
  after: fc.nat(110),
});
type Attempt = typeof attempt extends fc.Arbitrary<infer T> ? T : never;

const actionOf = ({ is, pick, on, span: [from, to], ...asked }: Attempt): Action => {
  const own: JsonObject = { from, to, targets: asked.targets };
  const { id = '' } = asked.targets[0] ?? {};
  if (is === 'revise') return plan.revised(on, { target: id, goal: asked.goal });
  if (is === 'amend') return plan.amended(on, pick % 2 === 0 ? { to } : { targets: asked.targets });
  if (is === 'annul') return annulled(pick % 3);
  if (is !== 'correct') return plan.adopted(on, own);
  return corrected(pick % 3, pick % 2 === 0 ? { effectiveOn: on } : { data: { targets: asked.targets } });
};

/** Plans that are adopted, revised, amended, corrected and annulled, each event after so many events of other entries. */
export const planHistories: fc.Arbitrary<readonly { readonly after: number; readonly known: Known }[]> = fc
  .array(attempt, { minLength: 12, maxLength: 30 })
  .map((attempts) => {
    const plans = new Map<string, Known>();
    return attempts
      .sort((a, b) => a.after - b.after)
      .flatMap((asked) => {
        const known = plans.get(asked.key) ?? nothingOf(plan.register, asked.key);
        const action = actionOf(asked);
        const of = (revision: number) => revision < known.size;
        if ((asked.is === 'correct' || asked.is === 'annul') && !of(asked.pick % 3)) return [];
        const about = { register: plan.register, key: asked.pick % 2 === 0 ? asked.key : asked.key.toUpperCase() };
        const next =
          asked.is === 'submit' ? andThen(known, { ...submittedBy('he.yan', action), about }) : when(known, action);
        if ('rejection' in next) return [];
        plans.set(asked.key, next);
        return [{ after: asked.after, known: next }];
      });
  });

/** The events of both, in one order. */
export const mixed = (ledger: Ledger, plans: readonly { readonly after: number; readonly known: Known }[]) => {
  const streams = new Map(ledger.streams);
  const order: Ledger['order'][number][] = [];
  const put = (from: number, to: number) => {
    for (const { after, known } of plans) {
      const [{ stream } = { stream: '' }] = known.events;
      if (after >= from && after < to) order.push({ stream, revision: known.size - 1 });
      streams.set(stream, known);
    }
  };
  for (const [index, each] of ledger.order.entries()) {
    put(index, index + 1);
    order.push(each);
  }
  put(ledger.order.length, Number.POSITIVE_INFINITY);
  return { order, streams };
};
