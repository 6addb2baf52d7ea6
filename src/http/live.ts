import { shanghaiDay } from '../../domain/calendar.ts';
import type { TargetFigure } from '../../domain/targets.ts';
import type { ReadModel } from '../readmodel/read-model.ts';
import type { App, Context } from './context.ts';
import { positionHeaders } from './parameters.ts';
import { answerOf } from './schemas.ts';
import { eventStream, type Message } from './sse.ts';

/** What dashboards are told of; all that have seen the same hold the same object. */
type Seen = {
  readonly size: number;
  readonly position: string;
  readonly targets: readonly TargetFigure[];
  readonly figures: ReadonlyMap<string, string>;
};

const nothing: Seen = { size: -1, position: '', targets: [], figures: new Map() };

/** Dashboards are told no more often than this, whatever is recorded meanwhile: thousands may listen. */
const paceMs = 250;

/** Server-Sent Events for dashboards: `targets` when a number moved, `position` otherwise. */
export const liveRoutes = (app: App, context: Context): void => {
  const { model, questions, now } = context;

  const figures = (size: number): readonly TargetFigure[] => {
    const on = shanghaiDay(now());
    return questions.figures({ on, size });
  };

  let latest = nothing;
  /** What those who have seen something else are told to come to the latest; the same text for all of them. */
  let messages = new Map<Seen, Message>();
  let due = false;

  const look = () => {
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

  const change = (seen: Seen): Message => {
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
    if (due || seen === nothing) look();
    if (seen === latest) return { next: seen, messages: [] };
    const message = messages.get(seen) ?? change(seen);
    messages.set(seen, message);
    return { next: latest, messages: [message] };
  };

  const onFolded = paced(model.onFolded, () => {
    due = true;
  });

  app.get(
    '/api/v1/live',
    {
      config: { produces: ['text/event-stream'] },
      schema: {
        tags: ['dashboards'],
        summary: 'Server-Sent Events: targets when a number moved, position otherwise',
        operationId: 'live',
        headers: positionHeaders,
        response: { 200: answerOf('text/event-stream', 'A stream of events') },
      },
    },
    async (request, reply) => eventStream(request, reply, { model: { onFolded } }, nothing, read),
  );
};

/** Calls its listeners back after folds, at once after a pause and then once every `paceMs`; `before` goes first. */
const paced = (onFolded: ReadModel['onFolded'], before: () => void): ReadModel['onFolded'] => {
  const listeners = new Set<() => void>();
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let isDue = false;
  const tell = () => {
    isDue = false;
    toldAtMs = performance.now();
    before();
    for (const listener of listeners) listener();
  };
  onFolded(() => {
    if (isDue || listeners.size === 0) return;
    isDue = true;
    setTimeout(tell, Math.max(0, toldAtMs + paceMs - performance.now())).unref();
  });
  return (listener) => {
    const each = () => listener(0, 0);
    listeners.add(each);
    return () => listeners.delete(each);
  };
};
