import { queryOptions } from '@tanstack/react-query';
import type { ImportRows, ShownImport } from '../../answers.ts';
import { get, getPage } from '../../api.ts';
import { keeping, paged } from '../../queries.ts';
import type { Language } from '../../words/words.ts';

/** The rows are read a page at a time. */
export const withoutRows = { refusals: 'false' };

export const importQuery = (language: Language, id: string) =>
  queryOptions({
    queryKey: ['/import', id, language],
    queryFn: async ({ signal }) =>
      (await get<{ import: ShownImport }>(`/imports/${encodeURIComponent(id)}`, withoutRows, { language, signal }))
        .import,
    placeholderData: keeping('/import', id),
    refetchOnWindowFocus: true,
  });

type Imports = { readonly items: readonly ShownImport[]; readonly total: number };

export const importsQuery = (
  language: Language,
  asked: { register?: string | undefined; state?: string | undefined },
) => paged<Imports>(language, '/imports', asked);

export type RowsAsked = { readonly outcome?: string | undefined; readonly cursor?: string | undefined };

export const rowsAtOnce = 100;

/** A page of rows; they change no more once the import has ended. */
export const rowsQuery = (language: Language, id: string, asked: RowsAsked) =>
  queryOptions({
    queryKey: ['/import', id, 'rows', asked, language],
    queryFn: ({ signal }) =>
      getPage<ImportRows>(
        `/imports/${encodeURIComponent(id)}/rows`,
        { ...asked, limit: rowsAtOnce },
        { language, signal },
      ),
    placeholderData: keeping('/import', id, 'rows'),
  });
