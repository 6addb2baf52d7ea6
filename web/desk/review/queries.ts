import { queryOptions } from '@tanstack/react-query';
import type { ShownSubmission } from '../../answers.ts';
import { ask } from '../../api.ts';
import { keeping, paged } from '../../queries.ts';
import type { Language } from '../../words/words.ts';

export type Status = ShownSubmission['status'];

/** What the address of the page says: which submissions, and which of them is shown. */
export type Asked = {
  readonly id?: string | undefined;
  readonly status?: string | undefined;
  readonly register?: string | undefined;
  readonly import?: string | undefined;
  readonly whose?: string | undefined;
  readonly order?: string | undefined;
};

export const statuses = ['pending', 'approved', 'returned', 'withdrawn'] as const satisfies readonly Status[];

export const statusOf = ({ status }: Asked): Status => statuses.find((each) => each === status) ?? 'pending';

/** What waits is worked off from the oldest on; what was decided is looked up from the newest on. */
export const orderOf = (asked: Asked): 'asc' | 'desc' =>
  asked.order === 'asc' || asked.order === 'desc' ? asked.order : statusOf(asked) === 'pending' ? 'asc' : 'desc';

type Submissions = { readonly items: readonly ShownSubmission[]; readonly total: number };

export const submissionsQuery = (language: Language, asked: Asked, me: string) =>
  paged<Submissions>(language, '/submissions', {
    status: statusOf(asked),
    order: orderOf(asked),
    register: asked.register,
    import: asked.import,
    by: asked.whose === 'mine' ? me : undefined,
    notBy: asked.whose === 'others' ? me : undefined,
  });

/** A submission, and the revision of its entry: who approves it says with that what they have seen. */
export type Found = { readonly submission: ShownSubmission; readonly revision: number };

export const submissionQuery = (language: Language, id: string) =>
  queryOptions({
    queryKey: [`/submissions/${id}`, language],
    queryFn: async ({ signal }): Promise<Found> => {
      const path = `/submissions/${encodeURIComponent(id)}`;
      const { answer, headers } = await ask<{ submission: ShownSubmission }>(path, { language, signal });
      return { submission: answer.submission, revision: Number(/\d+/.exec(headers.get('etag') ?? '')?.[0]) };
    },
    placeholderData: keeping(`/submissions/${id}`),
  });
