import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ShownImport } from '../../answers.ts';
import { urlOf } from '../../api.ts';
import { useSpoken } from '../../words/words.ts';
import { importQuery, withoutRows } from './queries.ts';

/** Whether an import, or a decision about all of it, goes on in the background. */
export const isUnderWay = ({ state, decisions }: ShownImport): boolean =>
  state === 'waiting' || state === 'running' || decisions.some((decision) => decision.state === 'running');

/** Whether some of it was submitted for review: rows, or the annulment of what they recorded. */
export const hasSubmitted = ({ submitted, dryRun, decisions }: ShownImport): boolean =>
  !dryRun && (submitted > 0 || decisions.some((decision) => (decision.submitted ?? 0) > 0));

/** What moves while an import goes on; the rest is read once, in the language of the page. */
const moving = ({ state, rows, recorded, submitted, alreadyThere, refused, decisions }: ShownImport) => ({
  ...{ state, rows, recorded, submitted, alreadyThere, refused, decisions },
});

/** An import, with its progress as it is made. */
export const useImport = (id: string) => {
  const { language } = useSpoken();
  const query = useQuery(importQuery(language, id));
  const [latest, setLatest] = useState<ReturnType<typeof moving>>();
  const { data, refetch } = query;
  const isBusy = data !== undefined && isUnderWay(data);
  useEffect(() => {
    setLatest(undefined);
    if (!isBusy) return;
    const source = new EventSource(urlOf(`/imports/${encodeURIComponent(id)}`, withoutRows));
    source.addEventListener('import', ({ data: text }: MessageEvent<string>) => {
      const { import: progress } = JSON.parse(text) as { readonly import: ShownImport };
      setLatest(moving(progress));
      if (isUnderWay(progress)) return;
      source.close();
      void refetch();
    });
    return () => source.close();
  }, [id, isBusy, refetch]);
  return { ...query, data: data === undefined || latest === undefined ? data : { ...data, ...latest } };
};
