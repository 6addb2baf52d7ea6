import { useCallback, useEffect, useRef, useState } from 'react';
import type { Tried } from '../../answers.ts';
import { ApiProblem, Offline } from '../../api.ts';
import { useSpoken } from '../../words/words.ts';
import { dryRun } from './queries.ts';

/** What the API says of a form as it stands. */
export type Trial =
  | { readonly is: 'nothing' }
  | { readonly is: 'possible'; readonly tried: Tried }
  | { readonly is: 'refused'; readonly error: Error };

type Asked = { readonly register: string; readonly key: string; readonly command: string; readonly body: object };

const typingPauseMs = 300;

/** When to try again by itself: the server could not be reached, or was too busy; undefined if it did answer. */
const secondsToWait = (error: Error): number | undefined => {
  const isBusy = error instanceof ApiProblem && (error.status === 429 || error.status === 503);
  return error instanceof Offline ? offlineSeconds : isBusy ? (error.retryAfterSeconds ?? offlineSeconds) : undefined;
};
const offlineSeconds = 3;

/**
 * Tries a command whenever it has changed and the typing pauses; of several answers the newest counts. `now` asks at
 * once, for who presses the button sooner.
 */
export const useDryRun = (asked: Asked | undefined) => {
  const { language } = useSpoken();
  const [trial, setTrial] = useState<Trial>({ is: 'nothing' });
  const [isAsking, setAsking] = useState(false);
  const running = useRef<AbortController>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const again = useRef(async (): Promise<unknown> => undefined);
  const text = asked === undefined ? '' : JSON.stringify([asked, language]);

  const now = useCallback(async (): Promise<Trial> => {
    clearTimeout(timer.current);
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    const given: unknown = text === '' ? undefined : JSON.parse(text);
    if (given === undefined) return { is: 'nothing' };
    setAsking(true);
    const [command] = given as readonly [Asked];
    const answer: Trial = await dryRun(command, language, controller.signal).then(
      (tried) => ({ is: 'possible', tried }) as const,
      (error: Error) => ({ is: 'refused', error }) as const,
    );
    if (!controller.signal.aborted) {
      setAsking(false);
      setTrial(answer);
      const wait = answer.is === 'refused' ? secondsToWait(answer.error) : undefined;
      if (wait !== undefined) timer.current = setTimeout(() => void again.current(), wait * 1_000);
    }
    return answer;
  }, [text, language]);
  again.current = now;

  useEffect(() => {
    if (text === '') {
      running.current?.abort();
      setTrial({ is: 'nothing' });
      setAsking(false);
      return;
    }
    setAsking(true);
    timer.current = setTimeout(() => void now(), typingPauseMs);
    return () => {
      clearTimeout(timer.current);
      running.current?.abort();
    };
  }, [text, now]);

  return { trial, isAsking, now };
};
