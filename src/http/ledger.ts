import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { eventWithId } from '../../projections/trail.ts';
import { formatProof } from '../ledger/proof.ts';
import type { Published } from '../ledger/published.ts';
import { encodeBundle, hasTile, nodesOf, parseTilePath, readTile, type Tile, tileWidth } from '../ledger/tile.ts';
import { proveInclusion } from '../ledger/tree.ts';
import type { App, Context } from './context.ts';
import { leftBy } from './long-reads.ts';
import { positionHeaders } from './parameters.ts';
import { Problem, unavailable } from './problem.ts';
import { answerOf } from './schemas.ts';
import { linesQuestion } from './trail.ts';

const bytesType = 'application/octet-stream';
const textType = 'text/plain; charset=utf-8';
/** How long a proof waits for the checkpoint that covers a new event; at least one is signed each second. */
const proofWaitMs = 2_000;
const compressed = promisify(gzip);

/** The ledger as a transparency log (C2SP tlog-checkpoint and tlog-tiles), and proofs of its events (tlog-proof). */
export const ledgerRoutes = (app: App, context: Context): void => {
  checkpointRoute(app, context);
  tileRoutes(app, context);
  proofRoute(app, context);
};

const checkpointRoute = (app: App, { ledger }: Context): void => {
  app.get(
    '/ledger/checkpoint',
    {
      config: { produces: ['text/plain'] },
      schema: {
        tags: ['ledger'],
        summary: 'The newest signed checkpoint of the ledger',
        description: 'C2SP tlog-checkpoint; 404 until the first is signed',
        operationId: 'ledger.checkpoint',
        response: { 200: answerOf('text/plain', 'The origin, the size, the root, and signatures') },
      },
    },
    async (_request, reply) => {
      const { note } = published(ledger);
      return reply.header('cache-control', 'no-cache').type(textType).send(note);
    },
  );
};

const tileRoutes = (app: App, context: Context): void => {
  const { ledger } = context;
  app.get(
    '/ledger/tile/:level/*',
    {
      config: { produces: [bytesType] },
      schema: {
        tags: ['ledger'],
        summary: 'A tile of hashes of the ledger’s tree',
        description: 'C2SP tlog-tiles: of level 0, such as 0/000 and 0/x001/234.p/5',
        operationId: 'ledger.tile',
        params: z.object({ level: z.string(), '*': tilePart }),
        response: { 200: answerOf(bytesType, 'Hashes of 32 bytes each, 256 unless the tile is partial') },
      },
    },
    async (request, reply) => {
      const { level, ...tile } = tileOf(request, published(ledger));
      if (level === 'entries') throw new Problem('not-found');
      const bytes = read(() => ledger.withHashes((hashes) => readTile(hashes, { ...tile, level })));
      return reply.header('cache-control', 'public, max-age=31536000, immutable').type(bytesType).send(bytes);
    },
  );

  app.get(
    '/ledger/tile/entries/*',
    {
      config: { roles: ['auditor'], reads: 'trail', produces: [bytesType] },
      schema: {
        tags: ['ledger'],
        summary: 'A bundle of the ledger’s leaves',
        description: 'C2SP tlog-tiles, such as entries/000',
        operationId: 'ledger.entries',
        params: z.object({ '*': tilePart }),
        response: { 200: answerOf(bytesType, 'Leaves, each after its length in 16 bits; 256 unless it is partial') },
      },
    },
    async (request, reply) => {
      const tile = tileOf(request, published(ledger));
      const bundle = await bundleOf(context, tile, request, reply);
      reply.header('cache-control', 'private, no-cache').header('vary', 'Authorization, Cookie, Accept-Encoding');
      reply.type(bytesType);
      if (!request.accepts().encodings().includes('gzip')) return reply.send(bundle);
      return reply.header('content-encoding', 'gzip').send(await compressed(bundle));
    },
  );
};

const tilePart = z.string().meta({
  description:
    'The tile’s number in groups of three digits, all but the last with x; .p and the width follow for a partial tile',
});

const published = ({ published: now }: Context['ledger']): Published => {
  const checkpoint = now();
  if (checkpoint === undefined) throw new Problem('not-found');
  return checkpoint;
};

/** The tile of a request, exactly as it is spelled in the path; 404 for one that the published tree does not have. */
const tileOf = ({ url }: FastifyRequest, { size }: Published): Tile => {
  const tile = parseTilePath((url.split('?')[0] ?? '').slice('/ledger/'.length));
  if (tile === undefined || !hasTile(size, tile)) throw new Problem('not-found');
  return tile;
};

/** A file of hashes that was lost under a running server is an operator’s to find; the log says it as well. */
const read = <T>(work: () => T): T => {
  try {
    return work();
  } catch {
    throw unavailable({ zh: '台账的哈希暂时无法读取', en: 'The hashes of the ledger cannot be read at the moment' });
  }
};

const bundleOf = async (
  { longReads }: Context,
  { index, width }: Tile,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Buffer> => {
  const from = index * tileWidth;
  const filter = { after: from - 1, before: from + width };
  const asked = { filter, order: 'asc', limit: width, inClear: false } as const;
  const lines = await longReads.page(linesQuestion, asked, leftBy(request, reply));
  if (lines.length < width)
    throw unavailable({ zh: '本节点尚未读到这些事件', en: 'This node has not read these events yet' });
  return encodeBundle(lines.map(({ line }) => Buffer.from(line)));
};

const proofRoute = (app: App, { model, ledger }: Context): void => {
  app.get(
    '/api/v1/events/:id/proof',
    {
      config: { roles: ['auditor'], produces: ['text/plain'] },
      schema: {
        tags: ['trail'],
        summary: 'The proof that the signed ledger has an event',
        description:
          'C2SP tlog-proof, to be checked with the event’s line of the NDJSON feed and a key from elsewhere. For an event that no checkpoint covers yet it waits up to 2 s, then it is 503',
        operationId: 'event.proof',
        params: z.object({ id: z.string().toLowerCase() }),
        headers: positionHeaders,
        response: { 200: answerOf('text/plain', 'The entry number, the hashes of its path, and the checkpoint') },
      },
    },
    async (request, reply) => {
      const row = model.get(eventWithId(request.params.id));
      if (row === undefined) throw new Problem('not-found');
      const [proof] = await proofsOf(ledger, [row.entry_number], leftBy(request, reply));
      return reply.type(textType).send(proof);
    },
  );
};

/**
 * The proofs that the tree of one checkpoint has some events. Waits for a checkpoint that covers them, and throws
 * `unavailable` if there is none in time.
 */
export const proofsOf = async (
  ledger: Context['ledger'],
  indexes: readonly number[],
  left: AbortSignal,
): Promise<readonly Buffer[]> => {
  const isCovered = await ledger.reached(Math.max(...indexes) + 1, proofWaitMs, left);
  const checkpoint = ledger.published();
  if (!isCovered || checkpoint === undefined)
    throw unavailable({ zh: '尚无检查点涵盖此事件', en: 'No checkpoint covers this event yet' });
  const { size, note } = checkpoint;
  return indexes.map((index) => {
    const hashes = read(() => ledger.withHashes((each) => proveInclusion(nodesOf(each), index, size)));
    return formatProof({ index, hashes, checkpoint: note });
  });
};
