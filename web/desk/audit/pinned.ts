import { useSyncExternalStore } from 'react';
import { useSession } from '../../session.ts';
import type { Pinned } from '../../verifying/event-proof.ts';
import { pinnedPrefix } from './pinned-names.ts';

/** The key that an auditor trusts, and what they have seen by it: kept in their browser alone, also after they sign out. */

const listeners = new Set<() => void>();

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    removeEventListener('storage', listener);
  };
};

const parsed = (text: string | null): Pinned | undefined => {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null && 'key' in value ? (value as Pinned) : undefined;
  } catch {
    return undefined;
  }
};

export const usePinned = (): readonly [pinned: Pinned | undefined, pin: (pinned: Pinned | undefined) => void] => {
  const { session } = useSession();
  const name = `${pinnedPrefix}${session?.subject ?? ''}`;
  const text = useSyncExternalStore(subscribe, () => localStorage.getItem(name));
  const pin = (pinned: Pinned | undefined) => {
    if (pinned === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(pinned));
    for (const listener of listeners) listener();
  };
  return [parsed(text), pin];
};
