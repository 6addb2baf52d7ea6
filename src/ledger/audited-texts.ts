import { hash } from 'node:crypto';
import { erasureOf, textNameAt } from '../../domain/erasure.ts';
import type { Json } from '../../domain/json.ts';
import { digested, stored } from '../../domain/leaf.ts';
import { digestsIn } from '../bundle/texts.ts';
import type { PlacedEvent } from '../store/event-store.ts';
import { naming } from './alignment.ts';
import type { AuditFault } from './audit-fault.ts';

type Missing = { readonly fault: AuditFault; readonly stream: string; readonly name: string };

/** So many are told of each kind. */
const limitTold = 100;

/** Compares free texts with their digests. One may be gone only if a later event says that two people erased it. */
export const auditingTexts = () => {
  const changed: AuditFault[] = [];
  /** By the id of their event. */
  const missing = new Map<string, readonly Missing[]>();

  const removeErased = (event: PlacedEvent): void => {
    const erasure = erasureOf({ ...event, data: { data: event.data.data } });
    if (erasure === undefined) return;
    const left = missing
      .get(erasure.event)
      ?.filter(({ stream, name }) => stream !== event.stream || !erasure.names.includes(name));
    if (left?.length === 0) missing.delete(erasure.event);
    else if (left !== undefined) missing.set(erasure.event, left);
  };

  return {
    see: (event: PlacedEvent): void => {
      const { entryNumber, id, stream } = event;
      if (changed.length < limitTold) changed.push(...changedTexts(event));
      const gone = digestsIn(event.data as unknown as Json, '').map(([place]): Missing => {
        const fault = { fault: 'missing-text', ...naming(entryNumber, event), place } as const;
        return { fault, stream, name: textNameAt(place) };
      });
      if (gone.length > 0) missing.set(id, gone);
      removeErased(event);
    },
    /** Whether a later event may still say that a text was erased. */
    isWaiting: () => missing.size > 0,
    changed: (): readonly AuditFault[] => changed,
    missing: (): readonly AuditFault[] =>
      [...missing.values()]
        .flat()
        .map(({ fault }) => fault)
        .slice(0, limitTold),
  };
};

const changedTexts = (event: PlacedEvent): readonly AuditFault[] => {
  const places = Object.entries(event.seals);
  if (places.length === 0) return [];
  const { texts } = stored(event).metadata as { readonly texts: Readonly<Record<string, readonly [string, Json]>> };
  return places.flatMap(([place, { sha256 }]) => {
    const [salt, text] = texts[place] ?? ['', null];
    return hash('sha256', digested(salt, text)) === sha256
      ? []
      : [{ fault: 'changed-text' as const, ...naming(event.entryNumber, event), place }];
  });
};
