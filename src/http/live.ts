import { z } from 'zod';
import { shanghaiDay } from '../../domain/calendar.ts';
import type { TargetFigure } from '../../domain/targets.ts';
import type { App, Context } from './context.ts';
import { positionHeaders, refusals } from './schemas.ts';
import { eventStream, type Message } from './sse.ts';

type Seen = { readonly size: number; readonly figures: ReadonlyMap<string, string> };

/** Server-Sent Events for dashboards: `targets` when a number moved, `position` otherwise. */
export const liveRoutes = (app: App, context: Context): void => {
  const { model, questions, now } = context;

  const figures = (size: number): readonly TargetFigure[] => {
    const on = shanghaiDay(now());
    return questions.figures({ on, size });
  };

  const read = (seen: Seen): { next: Seen; messages: readonly Message[] } => {
    const { size, position } = model.place();
    if (size === seen.size) return { next: seen, messages: [] };
    const all = figures(size);
    const current = new Map(
      all.map((figure) => [`${figure.plan}/${figure.id}`, JSON.stringify([figure.count, figure.goal])]),
    );
    const moved = all.filter((figure) => {
      const key = `${figure.plan}/${figure.id}`;
      return seen.figures.get(key) !== current.get(key);
    });
    const gone = [...seen.figures.keys()]
      .filter((key) => !current.has(key))
      .map((key) => {
        const [plan, id] = key.split('/');
        return { plan, id };
      });
    const on = shanghaiDay(now());
    const message: Message =
      moved.length > 0 || gone.length > 0
        ? {
            id: position,
            event: 'targets',
            data: JSON.stringify({
              ...questions.view(on, size),
              position,
              targets: moved,
              ...(gone.length > 0 ? { gone } : {}),
            }),
          }
        : { id: position, event: 'position', data: JSON.stringify({ size, position }) };
    return { next: { size, figures: current }, messages: [message] };
  };

  app.get(
    '/api/v1/live',
    {
      config: { produces: ['text/event-stream'] },
      schema: {
        tags: ['dashboards'],
        summary: 'Server-Sent Events: targets when a number moved, position otherwise',
        operationId: 'live',
        headers: positionHeaders,
        response: {
          200: { description: 'An event stream', content: { 'text/event-stream': { schema: z.string() } } },
          ...refusals(401, 406, 429, 500, 503),
        },
      },
    },
    async (request, reply) => eventStream(request, reply, context, { size: -1, figures: new Map() }, read),
  );
};
