import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { ShownImport } from '../../answers.ts';
import { ApiProblem, ask } from '../../api.ts';
import { timesAndLanguage } from '../../parts/PageLink.tsx';
import { useSpoken } from '../../words/words.ts';
import { useAct } from '../act.ts';

/** A file as it is sent: what its rows record, what holds for all of them, and what its columns give, by number. */
export type Sending = {
  readonly register: string;
  readonly command: string;
  readonly file: File;
  readonly set: Readonly<Record<string, string>>;
  readonly map?: Mapping | undefined;
  readonly sheet?: string | undefined;
};

/** Fields by column, from 1; empty for a column that is not read. */
export type Mapping = ReadonlyMap<number, string>;

export type Column = NonNullable<ShownImport['columns']>[number];

/** The files of dry runs that this window began, so that they need not be chosen again. */
const kept = new Map<string, Sending>();
export const keptOf = (id: string): Sending | undefined => kept.get(id);

/** What may be chosen to settle why a file was refused: what its columns give, or which of its sheets is read. */
const choicesIn = (error: Error | undefined) => {
  const { columns, sheets } = error instanceof ApiProblem ? error.members : {};
  return {
    columns: Array.isArray(columns) ? (columns as readonly Column[]) : [],
    sheets: Array.isArray(sheets) ? sheets.map(String) : [],
  };
};

const nothing: ReturnType<typeof choicesIn> = { columns: [], sheets: [] };

/** Sends a file to a dry run, and goes to what comes of it. */
export const useSending = () => {
  const { language } = useSpoken();
  const navigate = useNavigate();
  const act = useAct();
  const [last, setLast] = useState<Sending>();
  // It stays while the file is sent again, and if that cannot be done.
  const [toSettle, setToSettle] = useState(nothing);
  useEffect(() => {
    const choices = choicesIn(act.error);
    if (choices.columns.length + choices.sheets.length > 0) setToSettle(choices);
  }, [act.error]);
  const send = (sending: Sending) =>
    act.run(async () => {
      setLast(sending);
      if (sending.file !== last?.file) setToSettle(nothing);
      const { register, command, file, set, map = new Map(), sheet } = sending;
      const form = new FormData();
      for (const [name, value] of Object.entries(set)) if (value !== '') form.append(`set.${name}`, value);
      for (const [column, field] of map) form.append(`map.#${column}`, field);
      form.append('file', file, file.name);
      const { answer } = await ask<{ readonly import: { readonly id: string } }>(`/imports/${register}`, {
        ...{ method: 'POST', language, body: form },
        query: { command, sheet, dryRun: 'true' },
      });
      const { id } = answer.import;
      kept.set(id, sending);
      await navigate({ to: '/imports/$id', params: { id }, search: timesAndLanguage });
    });
  return { ...act, send, last, toSettle };
};

/** What somebody has to send so that each column is understood as it is shown, with what they have chosen. */
export const mappingFor = (columns: readonly Column[], chosen: Mapping): Mapping =>
  new Map(
    columns.flatMap(({ column, field, why }) => {
      const own = chosen.get(column);
      if (own !== undefined) return [[column, own] as const];
      return why === undefined ? [] : [[column, field ?? ''] as const];
    }),
  );
