import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Figure } from '../answers.ts';
import { urlOf } from '../api.ts';
import { type Spoken, useSpoken } from '../words/words.ts';

/** A screen reader hears of moved numbers no more often than this. */
const announceMs = 5_000;

/** What never changes while the page is open, so that live messages need not read it again. */
const lasting = new Set(['/registers']);

/**
 * One stream of the registry's news: when a number moves, everything that is shown is read again, and the moved numbers are
 * announced, the newest only.
 */
export const useLive = (): { readonly isConnected: boolean; readonly message: string } => {
  const client = useQueryClient();
  const spoken = useSpoken();
  const speaking = useRef(spoken);
  speaking.current = spoken;
  const [isConnected, setConnected] = useState(true);
  const [message, setMessage] = useState('');

  useEffect(() => {
    const source = new EventSource(urlOf('/live'));
    let isFirst = true;
    let announcedMs = Number.NEGATIVE_INFINITY;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const announce = (targets: readonly Figure[]) => {
      clearTimeout(timer);
      const wait = Math.max(0, announcedMs + announceMs - performance.now());
      timer = setTimeout(() => {
        announcedMs = performance.now();
        setMessage(sayMoved(targets, speaking.current));
      }, wait);
    };
    const readAgain = () =>
      client.invalidateQueries({ predicate: ({ queryKey: [path] }) => !lasting.has(String(path)) });
    source.addEventListener('open', () => setConnected(true));
    source.addEventListener('error', () => setConnected(false));
    source.addEventListener('targets', ({ data }: MessageEvent<string>) => {
      if (isFirst) {
        isFirst = false;
        return;
      }
      void readAgain();
      announce((JSON.parse(data) as { targets: readonly Figure[] }).targets);
    });
    source.addEventListener('position', () => void readAgain());
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [client]);
  return { isConnected, message };
};

const sayMoved = (targets: readonly Figure[], { words, titled, number }: Spoken): string =>
  words.live.moved(targets.map(({ title, count }) => `${titled(title)} ${number(count)}`).join('，'));
