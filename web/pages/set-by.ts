import type { DeclaredRegister, History } from '../answers.ts';

type HistoryEvent = History['events'][number];
type Patch = { readonly effectiveOn?: string; readonly data?: Readonly<Record<string, unknown>> };

/** The facts of a history, without their corrections and annulments. */
export const factsIn = (
  corrections: DeclaredRegister['corrections'],
  events: readonly HistoryEvent[],
): readonly HistoryEvent[] => {
  const others = corrections.filter(({ name }) => name !== 'amend').map(({ event }) => event);
  return events.filter(({ type }) => !others.includes(type));
};

/** Facts with their corrections and the day that holds after these, in the order of that day. */
export const inOrder = (
  { commands, corrections }: Pick<DeclaredRegister, 'commands' | 'corrections'>,
  events: readonly HistoryEvent[],
) => {
  const order = [...commands, ...corrections].map(({ event }) => event);
  const byId = new Map(events.map((event) => [event.id, event]));
  return factsIn(corrections, events)
    .map((fact) => {
      const corrected = (fact.correctedBy ?? []).flatMap((id) => byId.get(id) ?? []);
      const day = corrected.findLast(({ data }) => (data as Patch).effectiveOn !== undefined)?.data as
        | Patch
        | undefined;
      return { fact, corrected, day: day?.effectiveOn ?? fact.effectiveOn ?? '' };
    })
    .toSorted(
      (a, b) =>
        a.day.localeCompare(b.day) ||
        order.indexOf(a.fact.type) - order.indexOf(b.fact.type) ||
        a.fact.revision - b.fact.revision,
    );
};

/** Which fact or correction gave each field the value that it has on a day. */
export const setBy = (
  register: Pick<DeclaredRegister, 'commands' | 'corrections'>,
  events: readonly HistoryEvent[],
  on: string,
): ReadonlyMap<string, HistoryEvent> =>
  new Map(
    inOrder(register, events)
      .filter(({ fact, day }) => fact.annulledBy === undefined && day <= on)
      .flatMap(({ fact, corrected }) => [
        ...Object.keys(fact.data).map((name) => [name, fact] as const),
        ...corrected.flatMap((each) =>
          Object.keys((each.data as Patch).data ?? {}).map((name) => [name, each] as const),
        ),
      ]),
  );
