import { PassThrough, pipeline, Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { ZipFile } from 'yazl';
import { z } from 'zod';
import { shanghaiDay } from '../../domain/calendar.ts';
import { textErased } from '../../domain/erasure.ts';
import { feedLine } from '../../domain/leaf.ts';
import { contents } from '../bundle/contents.ts';
import { ledgerKeyOf } from '../ledger/opening.ts';
import type { Published } from '../ledger/published.ts';
import { formatTilePath, hashesAt, readTile, tileWidth } from '../ledger/tile.ts';
import { bundleReadme } from '../maintenance/bundle-readme.ts';
import { textLine } from '../maintenance/text-line.ts';
import type { Questions } from '../readmodel/questions.ts';
import type { App, Context } from './context.ts';
import { isStillAllowed } from './credentials.ts';
import { longQuestion } from './long-question.ts';
import { leftBy, readerOf } from './long-reads.ts';
import { positionHeaders, viewQuery } from './parameters.ts';
import { Problem, unavailable } from './problem.ts';
import { placesOf } from './queue.ts';
import { answerOf } from './schemas.ts';
import { statementQuestion } from './statement.ts';

const zipType = 'application/zip';
/** Folders that one person may fetch at once. */
const eachLimit = 2;
/** How long to wait until a checkpoint covers what is recorded; at least one is signed each second. */
const coverMs = 2_000;
/** Events of which the lines are in memory at once. */
const pageSize = 500;

/** The folder for auditors, as `./registry export` writes it, as a ZIP that is written while it is read. */
export const bundleRoutes = (app: App, context: Context): void => {
  const { ledger, page, model } = context;
  const enter = placesOf(eachLimit, {
    zh: `您已有 ${eachLimit} 个审计文件夹正在下载`,
    en: `${eachLimit} folders for auditors are already being sent to you`,
  });
  app.get(
    '/api/v1/exports/bundle.zip',
    {
      config: { roles: ['auditor'], reads: 'trail', produces: [zipType] },
      schema: {
        tags: ['exports'],
        summary: 'The folder for auditors: all that the last checkpoint signs, to be verified offline',
        description: 'What `./registry export` writes, as a ZIP; 404 until the first checkpoint is signed',
        operationId: 'exports.bundle',
        headers: positionHeaders,
        querystring: z.strictObject({
          on: viewQuery.on,
          texts: z.enum(['true', 'false']).default('true').meta({
            description: 'Whether free texts are in it, which may speak of people',
          }),
        }),
        response: { 200: answerOf(zipType, 'A ZIP with one folder') },
      },
    },
    async (request, reply) => {
      const left = leftBy(request, reply);
      // What was recorded up to now should be in it.
      if (ledger.published() !== undefined) await ledger.reached(model.place().size, coverMs, left);
      const checkpoint = ledger.published();
      if (checkpoint === undefined || checkpoint.size === 0) throw new Problem('not-found');
      const { on = shanghaiDay(context.now()), texts } = request.query;
      if (model.place().size < checkpoint.size) throw notRead();
      if (texts === 'true' && areErasedSince(context.questions, checkpoint.size)) throw erasedSince();
      enter(readerOf(request), left);
      const verifier = (await page.files())?.verifier;
      const parts = partsOf(context, request, checkpoint, { on, withTexts: texts === 'true', verifier, left });
      const name = `bundle-${checkpoint.size}`;
      reply.type(zipType).header('content-disposition', `attachment; filename="${name}.zip"`);
      return reply.send(zipped(name, parts, left));
    },
  );
};

/** A file of the folder, by its name, and its pieces, which are made once their turn has come. */
type Part = readonly [name: string, pieces: () => Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>];

type With = {
  readonly on: string;
  readonly withTexts: boolean;
  readonly verifier: Uint8Array | undefined;
  readonly left: AbortSignal;
};

/** The checkpoint comes last, as in a folder that is written: what is not whole has none. */
function* partsOf(
  context: Context,
  request: FastifyRequest,
  checkpoint: Published,
  { on, withTexts, verifier, left }: With,
): Iterable<Part> {
  const { config, longReads, ledger } = context;
  const { size, root, note } = checkpoint;
  const { origin, verifierKey } = ledgerKeyOf(config);
  const thread = longReads.exportThread;
  const linesOf = async function* (of: LinesAsked['of']) {
    for (let after = -1; after < size - 1; ) {
      if (!(await isStillAllowed(request, context))) throw new Error('who reads the log may not any more');
      const { text, last, isErased } = await thread.ask(bundleQuestion, { of, after, before: size }, left);
      if (isErased) throw new Error('texts were erased while they were read');
      if (last === undefined) throw new Error(`the read model has no event after ${after}`);
      yield text;
      after = last;
    }
  };
  const statements = async function* () {
    for (const asked of statedIn(context, checkpoint, on))
      yield `${Buffer.from((await thread.ask(statementQuestion, asked, left)).bytes)}\n`;
  };
  yield [contents.events, () => linesOf('events')];
  if (withTexts) yield [contents.texts, () => linesOf('texts')];
  for (let level = 0; hashesAt(level, size) > 0; level++)
    for (let index = 0; index * tileWidth < hashesAt(level, size); index++) {
      const tile = { level, index, width: Math.min(tileWidth, hashesAt(level, size) - index * tileWidth) };
      yield [formatTilePath(tile), () => [ledger.withHashes((read) => readTile(read, tile))]];
    }
  yield [contents.statements, statements];
  yield [contents.key, () => [`${verifierKey}\n`]];
  yield [contents.readme, () => [bundleReadme({ origin, size, root }, { withTexts, verifier })]];
  if (verifier !== undefined) yield [contents.verifier, () => [verifier]];
  yield [contents.checkpoint, () => [note]];
}

/** Each target of each plan, on the day that is asked for and on its plan’s last. */
const statedIn = ({ questions }: Context, { size, root }: Published, day: string) =>
  questions.plans({ on: day, size }).flatMap(({ id, to }) =>
    [...new Set([day, to])].sort().flatMap((on) => {
      const view = questions.view(on, size);
      const plan = questions.plans(view).find((each) => each.id === id);
      return plan?.targets.map((target) => ({ plan, target, view, root: root.toString('base64') })) ?? [];
    }),
  );

type LinesAsked = { readonly of: 'events' | 'texts'; readonly after: number; readonly before: number };

/** Some of the events, or of their texts with salts, as lines; and the number of the last of them. */
export const bundleQuestion = longQuestion('bundle', (questions, { of, after, before }: LinesAsked) => {
  const events = questions.events({ after, before }, 'asc', pageSize);
  const lines = of === 'events' ? events.map((event) => `${feedLine(event)}\n`) : events.map(textLine);
  const isErased = of === 'texts' && areErasedSince(questions, before);
  return { text: lines.join(''), last: events.at(-1)?.entryNumber, isErased };
});

/** Whether the events of a size do not say of all texts that are missing that they were erased. */
const areErasedSince = (questions: Questions, size: number): boolean =>
  questions.events({ type: textErased, after: size - 1 }, 'asc', 1).length > 0;

/** A read model that is being built anew lags behind the hashes, which no rebuild touches. */
const notRead = () => unavailable({ zh: '本节点尚未读到这些事件', en: 'This node has not read these events yet' });

const erasedSince = () =>
  unavailable({
    zh: '刚有文字被删除，检查点尚未涵盖此项记录',
    en: 'Texts were erased a moment ago, and no checkpoint covers that yet',
  });

const zipped = (folder: string, parts: Iterable<Part>, left: AbortSignal): Readable => {
  const zip = new ZipFile();
  const out = new PassThrough();
  const fail = (error: Error) => void out.destroy(error);
  pipeline(zip.outputStream, out, () => {});
  for (const [name, pieces] of parts)
    zip.addReadStreamLazy(`${folder}/${name}`, (give) => {
      const stream = Readable.from(pieces(), { objectMode: false }).on('error', fail);
      left.addEventListener('abort', () => stream.destroy(), { once: true });
      give(undefined, stream);
    });
  zip.end();
  return out;
};
