import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Target } from '../../domain/registers/plans.ts';
import type { Plan } from '../../domain/targets.ts';
import { statementOf } from '../bundle/statement.ts';
import { kept, pathIn } from '../data-folder.ts';
import { openLevelReader } from '../ledger/level-files.ts';
import { nodesOf } from '../ledger/tile.ts';
import { rootOf } from '../ledger/tree.ts';
import type { View } from '../readmodel/questions.ts';
import type { App, Context } from './context.ts';
import { jsonBytes, longQuestion } from './long-question.ts';
import { positionHeaders, viewQuery } from './parameters.ts';
import { unavailable } from './problem.ts';
import { sendJson, viewOf } from './reading.ts';
import { figureSchema, viewAnswer } from './schemas.ts';
import { countedKeys } from './target-entries.ts';
import { planQuery, targetIn } from './targets.ts';

const statementAnswer = z.object({
  target: figureSchema,
  ...viewAnswer,
  count: z.int(),
  keys: z.array(z.string()).meta({ description: 'The keys of the entries that count, in the order of code points' }),
  keysSha256: z.string().meta({ description: 'SHA-256 of the keys, a line feed after each, 64 lower-case hex digits' }),
  root: z.string().meta({ description: 'The root of the tree of the first `size` events, in Base64' }),
  rules: z.int().meta({ description: 'The version of the counting rules' }),
});

/** Hashes grow behind the fold, which looks for what is missing once a second. */
const rootWaitMs = 2_000;
const lookMs = 50;

/** A figure that somebody else can check. */
export const statementRoutes = (app: App, context: Context): void => {
  app.get(
    '/api/v1/targets/:id/statement',
    {
      schema: {
        tags: ['audit'],
        summary:
          'A figure that can be checked: the keys of what counts, and the root of the ledger that it follows from',
        description:
          'The root is that of the ledger’s first `size` events, as a checkpoint has it. If this node has not hashed them yet, 503.',
        operationId: 'target.statement',
        headers: positionHeaders,
        params: z.object({ id: z.string() }),
        querystring: z.strictObject({ ...viewQuery, plan: planQuery }),
        response: { 200: statementAnswer },
      },
    },
    async (request, reply) => {
      const view = viewOf(context, request.query);
      const found = targetIn(context, request.params.id, request.query.plan, view);
      const root = await rootAt(context, view.size);
      const asked = { ...found, view, root };
      const answer = await context.longReads.answer(request, reply, statementQuestion, asked);
      return sendJson(reply, answer?.bytes);
    },
  );
};

type Asked = { readonly plan: Plan; readonly target: Target; readonly view: View; readonly root: string };

/** A statement about a target. */
export const statementQuestion = longQuestion('statement', (questions, { plan, target, view, root }: Asked) => {
  const figure = questions.figure(plan, target, view);
  const keys = countedKeys(questions, target, { ...view, on: figure.countedOn }, figure.count);
  return { bytes: jsonBytes(statementOf({ target: figure, ...view, root }, keys)) };
});

/** The root of the ledger's first events, in Base64, from this node's hashes; throws `unavailable` if it lacks some. */
const rootAt = async ({ config, model }: Context, size: number): Promise<string> => {
  for (const end = Date.now() + rootWaitMs; (model.ledger()?.size ?? 0) < size; await pause(lookMs))
    if (Date.now() > end || model.ledger()?.stopped !== undefined) throw notHashed();
  const levels = openLevelReader(pathIn(config.dataFolder, kept.leafHashes));
  try {
    return rootOf(nodesOf(levels.read), size).toString('base64');
  } catch {
    throw notHashed(); // another process writes the files, and their upper levels are behind
  } finally {
    levels.close();
  }
};

const notHashed = () =>
  unavailable({
    zh: '本节点尚未计算到该台账条数的根哈希',
    en: 'This node has not hashed the ledger up to that size yet',
  });
