import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { DeclaredRegister, Session } from '../../answers.ts';
import { ApiProblem, type Fault } from '../../api.ts';
import { historyQuery, keeping, plansQuery } from '../../queries.ts';
import { parseDay, todayInShanghai } from '../../times.ts';
import { useSpoken } from '../../words/words.ts';
import {
  bodyOf,
  type CommonTitles,
  factAsCorrected,
  fieldsOf,
  formKindOf,
  placeFaults,
  type TypedValues,
  type Values,
} from './body.ts';
import { type Base, browserStorage, draftPlace, dropDraft, keepDraft, newIdempotencyKey, readDraft } from './drafts.ts';
import { usePaused } from './paused.ts';
import { type Done, knownQuery, pathOf, send } from './queries.ts';
import { type Typed, textIn } from './typed.ts';
import { type Trial, useDryRun } from './useDryRun.ts';
import { recordWords } from './words.ts';

export type Asked = {
  readonly register: DeclaredRegister;
  readonly command: string;
  readonly session: Session;
  /** The key of an entry that is there; typed if it is left out. */
  readonly keyText?: string | undefined;
  /** What a new entry's key field holds at first. */
  readonly keyAtFirst?: string | undefined;
  /** The fact that is corrected, or annulled. */
  readonly event?: string | undefined;
  /** What fields hold at first. */
  readonly atFirst: TypedValues;
  /** The day that the page is asked for. */
  readonly on?: string | undefined;
};

const keyPauseMs = 300;

export type CommandForm = ReturnType<typeof useCommandForm>;

/** A form of any command of any register: what is typed, what the API says of it, and how it is sent once. */
export const useCommandForm = (asked: Asked) => {
  const { register, command, event } = asked;
  const { language } = useSpoken();
  const kind = formKindOf(command);
  const draft = useDraft(asked);
  const { key, typed, isTouched } = draft;
  const today = useQuery(plansQuery(language, {})).data?.on ?? todayInShanghai(Date.now());
  const seen = useSeen(asked, draft, today);

  const isStart = seen.entry === undefined || seen.entry.status === 'none';
  const fields = fieldsOf({ register, command, isStart, factType: seen.fact?.type, titles: commonTitles }) ?? [];
  const before: Values = seen.fact?.said ?? seen.entry ?? {};
  const body = bodyOf({ kind, fields, typed, before, event });
  const isReady = seen.isRead && !seen.isLate && seen.known !== 'no-key' && fields.length > 0;
  const trying = useDryRun(isReady && isTouched ? { register: register.name, key, command, body } : undefined);
  const sending = useSending(asked, draft, body, trying);

  const error = sending.error ?? (trying.trial.is === 'refused' ? trying.trial.error : undefined);
  const faults = placeFaults(faultsIn(error), fields, typed);
  const { error: sendError } = sending;
  return {
    ...asked,
    ...draft,
    ...sending,
    ...seen,
    sendError,
    kind,
    today,
    fields,
    isStart,
    before,
    body,
    trying,
    error,
    faults,
  };
};

const commonTitles = Object.fromEntries(
  (['effectiveOn', 'reason', 'events', 'evidence', 'note'] as const).map((name) => [
    name,
    { zh: recordWords.zh.titles[name], en: recordWords.en.titles[name] },
  ]),
) as CommonTitles;

/** What a refusal points at, in the body of the request. */
const faultsIn = (error: Error | undefined): readonly Fault[] => {
  if (!(error instanceof ApiProblem)) return [];
  const { pointer } = error.members;
  const one = typeof pointer === 'string' ? [{ in: 'body', pointer, message: error.detail }] : [];
  return [...error.faults, ...one];
};

/** What is typed, kept in the browser at every change until it is recorded. */
const useDraft = ({ register, command, session, keyText, keyAtFirst, event, atFirst }: Asked) => {
  const place = draftPlace(session.subject, register.name, command, keyText ?? '', event ?? '');
  const [restored, setRestored] = useState(() => readDraft(browserStorage(), place));
  const [key, setKey] = useState(keyText ?? restored?.key ?? keyAtFirst ?? '');
  const [typed, setTyped] = useState<TypedValues>(restored?.typed ?? atFirst);
  const [idempotencyKey, setIdempotencyKey] = useState(() => restored?.idempotencyKey ?? newIdempotencyKey());
  const [began, setBegan] = useState<{ readonly key: string; readonly base: Base } | undefined>(
    restored?.base && { key: restored.key, base: restored.base },
  );
  const [isTouched, setTouched] = useState(restored !== undefined);
  const [hasRoom, setRoom] = useState(true);
  const base = began?.key === key ? began.base : undefined;

  useEffect(() => {
    if (!isTouched) return;
    const keptAt = new Date().toISOString();
    setRoom(keepDraft(browserStorage(), place, { key, typed, idempotencyKey, base, keptAt }));
  }, [isTouched, place, key, typed, idempotencyKey, base]);

  return {
    key,
    typed,
    idempotencyKey,
    base,
    isTouched,
    hasRoom,
    restoredAt: restored?.keptAt,
    setBase: (of: string, chosen: Base) => setBegan({ key: of, base: chosen }),
    typeKey: (text: string) => {
      setTouched(true);
      setKey(text);
    },
    typeAll: (values: TypedValues) => {
      setTouched(true);
      setTyped(values);
    },
    type: (name: string, value: Typed) => {
      setTouched(true);
      setTyped((known) => ({ ...known, [name]: value }));
    },
    /** Ends the draft: it is recorded, or nobody wants it. */
    end: () => {
      dropDraft(browserStorage(), place);
      setRestored(undefined);
      setTouched(false);
      setTyped(atFirst);
      setKey(keyText ?? '');
      setBegan(undefined);
      setIdempotencyKey(newIdempotencyKey());
    },
  };
};

/** What the registry held when the form began: the entry on the day that is typed, the fact that is corrected. */
const useSeen = ({ register, command, event, on }: Asked, draft: ReturnType<typeof useDraft>, today: string) => {
  const { language } = useSpoken();
  const { key, typed, base, setBase } = draft;
  const paused = usePaused(key.trim(), keyPauseMs);
  const isKeyed = paused !== '' && paused === key.trim();
  const found = useQuery({ ...knownQuery(language, register.name, paused), enabled: isKeyed && base === undefined });
  useEffect(() => {
    if (!isKeyed || base !== undefined || found.data === undefined || found.isPlaceholderData) return;
    const { data } = found;
    setBase(key, data.is === 'entry' ? { size: data.entry.size, revision: data.entry.revision } : {});
  });
  const day = parseDay(textIn(typed.effectiveOn)) ?? on ?? today;
  const knownAt = base?.size === undefined ? undefined : String(base.size);
  const isThere = knownAt !== undefined;
  const times = { on: day > today ? today : day, knownAt };
  const there = useQuery({
    ...knownQuery(language, register.name, key.trim(), times),
    enabled: isThere,
    placeholderData: keeping(pathOf(register.name, key.trim())),
  });
  const needsHistory = isThere && (command === 'correct' || command === 'annul');
  const history = useQuery({
    ...historyQuery(language, register.name, key.trim(), { knownAt }),
    enabled: needsHistory,
  });
  return {
    known: found.data?.is,
    entry: there.data?.is === 'entry' ? there.data.entry : undefined,
    history: history.data ?? undefined,
    fact:
      !history.data || event === undefined || command !== 'correct' ? undefined : factAsCorrected(history.data, event),
    isRead: base !== undefined && (!isThere || there.data !== undefined) && (!needsHistory || history.data != null),
    /** What is shown is of the day, or of the size, before it was changed. */
    isLate: there.isPlaceholderData || history.isPlaceholderData,
    failed: found.error ?? there.error ?? history.error,
    again: () => {
      void found.refetch();
      if (isThere) void there.refetch();
      if (needsHistory) void history.refetch();
    },
  };
};

type Trying = { readonly trial: Trial; readonly isAsking: boolean; readonly now: () => Promise<Trial> };

/** Sends what the person has seen the outcome of; one request at a time, one command however often it is sent. */
const useSending = (asked: Asked, draft: ReturnType<typeof useDraft>, body: object, trying: Trying) => {
  const { language } = useSpoken();
  const [error, setError] = useState<Error>();
  const [done, setDone] = useState<Done>();
  const [isBusy, setBusy] = useState(false);
  const [attempts, setAttempts] = useState(0);
  const [isStale, setStale] = useState(false);
  const underWay = useRef(false);
  const { trial, isAsking, now } = trying;

  const act = async (): Promise<void> => {
    const shown = trial.is === 'possible' ? trial.tried.would : undefined;
    const fresh = isAsking || trial.is !== 'possible' ? await now() : trial;
    if (fresh.is !== 'possible') return setAttempts((count) => count + 1);
    if (fresh.tried.would !== shown) return; // the button now says what it would do
    const { key, base, idempotencyKey } = draft;
    const command = { register: asked.register.name, key: key.trim(), command: asked.command, body };
    setDone(await send(command, { language, revision: base?.revision, idempotencyKey }));
    draft.end();
  };
  return {
    error,
    done,
    isBusy,
    /** How often the button was pressed in vain: then every fault is shown. */
    attempts,
    isStale,
    goOn: () => setStale(false),
    startAgain: () => setDone(undefined),
    forgetError: () => setError(undefined),
    press: async (): Promise<void> => {
      if (underWay.current) return;
      underWay.current = true;
      setBusy(true);
      setError(undefined);
      try {
        await act();
      } catch (thrown) {
        if (!(thrown instanceof Error)) throw thrown;
        const isOfOthers = thrown instanceof ApiProblem && /^revision-/.test(thrown.code);
        if (isOfOthers) setStale(true);
        else setError(thrown);
        setAttempts((count) => count + 1);
      } finally {
        underWay.current = false;
        setBusy(false);
      }
    },
  };
};
