import { shanghaiDay } from '../../domain/calendar.ts';
import type { TargetFigure } from '../../domain/targets.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import type { App, Context } from './context.ts';
import { requestHeaders } from './parameters.ts';
import { invalid } from './problem.ts';
import { answerOf } from './schemas.ts';
import { eventStream, type Message } from './sse.ts';

/** What a dashboard has been sent. Dashboards that have been sent the same share one object. */
type Seen = {
  readonly size: number;
  readonly position: string;
  readonly targets: readonly TargetFigure[];
  readonly figures: ReadonlyMap<string, string>;
};

const nothing: Seen = { size: -1, position: '', targets: [], figures: new Map() };

/** Dashboards get messages no more often than this, however much is recorded: thousands may listen. */
const paceMs = 250;

/** What has moved, for dashboards that have seen different things; it is worked out once for all of them. */
const newsOf = ({ model, questions, now }: Pick<Context, 'model' | 'questions' | 'now'>) => {
  const figures = (size: number): readonly TargetFigure[] => {
    const on = shanghaiDay(now());
    return questions.figures({ on, size });
  };

  let latest = nothing;
  /** The message that leads from what a dashboard has seen to the latest; one text for all that have seen the same. */
  let messages = new Map<Seen, Message>();
  let due = false;

  const refresh = () => {
    const { size, position } = model.place();
    due = false;
    if (size === latest.size) return;
    const targets = figures(size);
    latest = {
      size,
      position,
      targets,
      figures: new Map(
        targets.map((figure) => [`${figure.plan}/${figure.id}`, JSON.stringify([figure.count, figure.goal])]),
      ),
    };
    messages = new Map();
  };

  const messageFrom = (seen: Seen): Message => {
    const { size, position, targets, figures: current } = latest;
    const moved = targets.filter((figure) => {
      const key = `${figure.plan}/${figure.id}`;
      return seen.figures.get(key) !== current.get(key);
    });
    const gone = [...seen.figures.keys()]
      .filter((key) => !current.has(key))
      .map((key) => {
        const [plan, id] = key.split('/');
        return { plan, id };
      });
    if (moved.length === 0 && gone.length === 0) {
      return { id: position, event: 'position', data: JSON.stringify({ size, position }) };
    }
    const view = questions.view(shanghaiDay(now()), size);
    const data = { ...view, position, targets: moved, ...(gone.length > 0 ? { gone } : {}) };
    return { id: position, event: 'targets', data: JSON.stringify(data) };
  };

  const read = (seen: Seen): { next: Seen; messages: readonly Message[] } => {
    if (due || seen === nothing) refresh();
    if (seen === latest) return { next: seen, messages: [] };
    const message = messages.get(seen) ?? messageFrom(seen);
    messages.set(seen, message);
    return { next: latest, messages: [message] };
  };

  const onFolded = paced(model.onFolded, () => {
    due = true;
  });
  return { onFolded, read };
};

/** Server-Sent Events for dashboards: `targets` when a number moved, `position` otherwise. */
export const liveRoutes = (app: App, context: Context): void => {
  const { onFolded, read } = newsOf(context);
  app.get(
    '/api/v1/live',
    {
      config: { produces: ['text/event-stream'] },
      schema: {
        tags: ['dashboards'],
        summary: 'Server-Sent Events: targets when a number moved, position otherwise',
        description:
          'A stream begins with all targets, so nothing is lost in a pause; Last-Event-ID is only checked: one beyond the ledger shows that the dashboard has seen another ledger.',
        operationId: 'live',
        headers: requestHeaders.pick({ 'registry-position': true, 'last-event-id': true }),
        response: { 200: answerOf('text/event-stream', 'A stream of events') },
      },
    },
    async (request, reply) => {
      await requireOurs(context, request.sentHeaders['last-event-id']);
      return eventStream(request, reply, { model: { onFolded } }, nothing, read);
    },
  );
};

/** Refuses the id of a message that no node can have sent, since the ledger does not reach it. */
const requireOurs = async ({ model, ledgerEnd }: Context, position = '0'): Promise<void> => {
  if (BigInt(position) <= BigInt(model.place().position) || BigInt(position) <= BigInt(await ledgerEnd())) return;
  throw invalid({
    in: 'header',
    name: 'last-event-id',
    zh: '超出台账末尾；请重新载入页面',
    en: 'Is beyond the end of the ledger; reload the page',
  });
};

/** Calls its listeners after folds: at once after a pause, then once every `paceMs`. It calls `before` first. */
const paced = (onFolded: ReadModel['onFolded'], before: () => void): ReadModel['onFolded'] => {
  const listeners = new Set<() => void>();
  let notifiedAtMs = Number.NEGATIVE_INFINITY;
  let isDue = false;
  const notify = () => {
    isDue = false;
    notifiedAtMs = performance.now();
    before();
    for (const listener of listeners) listener();
  };
  onFolded(() => {
    if (isDue || listeners.size === 0) return;
    isDue = true;
    setTimeout(notify, Math.max(0, notifiedAtMs + paceMs - performance.now())).unref();
  });
  return (listener) => {
    const each = () => listener(0, 0);
    listeners.add(each);
    return () => listeners.delete(each);
  };
};
