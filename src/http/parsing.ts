import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isDay, shanghaiDay } from '../../domain/calendar.ts';
import { futureFault } from '../../domain/decide.ts';
import { faultsOf } from '../../domain/faults.ts';
import { isObject, type JsonObject } from '../../domain/json.ts';
import { memo } from '../../domain/memo.ts';
import { missingToStart } from '../../domain/objections.ts';
import type { Fault } from '../../domain/rejection.ts';
import { type Scan, scanJson } from '../scan-json.ts';
import { isPosition } from '../store/event-store.ts';
import type { App, Context } from './context.ts';
import type { RequestHeaders } from './parameters.ts';
import { invalid, Problem, unavailable } from './problem.ts';

/** How deep a body's arrays and objects may nest. */
const depthLimit = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const badBody = (zh: string, en: string, pointer = '') => invalid({ in: 'body', pointer, zh, en });

const memberTwice = (name: string) =>
  badBody(`字段“${name}”出现两次，请只保留一个`, `Has the member "${name}" twice; keep one of them`);

/** What the parser refuses of valid JSON: names by which every object could be changed. */
const memberOfObjects = () =>
  badBody(
    '含有不接受的字段：__proto__，或 constructor 中的 prototype',
    'Has a member that is never taken: __proto__, or prototype in a constructor',
  );

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const shownDigits = 40;
const numberChanged = ({ literal, pointer }: NonNullable<Scan['inexact']>) => {
  const number = literal.length > shownDigits ? `${literal.slice(0, shownDigits)}…` : literal;
  return badBody(
    `数字 ${number} 超出可精确保存的位数或范围，会变成另一个数；请改用位数较少的数`,
    `The number ${number} cannot be kept exactly and would become another one; send one with fewer digits`,
    pointer,
  );
};

/**
 * Parses JSON bodies: UTF-8 only, without `__proto__`, nested no deeper than the limit, no member twice, and no number
 * that would be kept as another one.
 */
export const jsonParsing = (app: App): void => {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const text = decoded(body as Buffer);
    if (text === undefined) return done(badBody('不是有效的 UTF-8', 'Is not valid UTF-8'));
    if (text.trim() === '') return done(null, undefined);
    const { deepest, repeated, inexact } = scanJson(text);
    if (deepest > depthLimit)
      return done(badBody(`嵌套超过 ${depthLimit} 层`, `Is nested more than ${depthLimit} levels deep`));
    parse(request, text, (error, value) => {
      if (error !== null)
        return done(isJson(text) ? memberOfObjects() : badBody('不是有效的 JSON', 'Is not valid JSON'));
      if (repeated !== undefined) return done(memberTwice(repeated));
      done(inexact === undefined ? null : numberChanged(inexact), value);
    });
  });

  app.addHook('preParsing', (request, _reply, _payload, done) => {
    const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
    if (type === 'application/json' && encoding === 'identity') return done();
    const isForm = /^multipart\//i.test(type);
    const takesForms = request.routeOptions.schema?.consumes?.includes('multipart/form-data') === true;
    const isUnsupported = (isForm && !takesForms) || encoding.toLowerCase() !== 'identity';
    if (isUnsupported) return done(new Problem('unsupported-media-type'));
    done(charsetsOf(type).every((charset) => /^utf-?8$/i.test(charset)) ? null : otherCharset());
  });
};

/** Every charset that a media type declares. JSON has none but UTF-8 (RFC 8259 §8.1). */
const charsetsOf = (type: string): readonly string[] =>
  [...type.matchAll(/;\s*charset\s*=\s*"?([^\s;"]*)/gi)].map(([, charset = '']) => charset);

const otherCharset = (): Problem =>
  new Problem(
    'unsupported-media-type',
    {},
    {
      zh: '请求体只能使用 UTF-8 编码；请转换后提交，并声明 charset=utf-8 或不声明',
      en: 'A body must be in UTF-8. Convert it, and declare charset=utf-8 or no charset',
    },
  );

const decoded = (body: Buffer): string | undefined => {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
};

/** Parses every part of a request by its route's schemas, and refuses all faults at once. */
export const parsing = (app: App, context: Context): void => {
  const { model, now } = context;
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);

  app.addHook('preValidation', async (request) => {
    const { schema, config } = request.routeOptions;
    const faults = [
      ...parsePart(request, 'params', schema?.params, 'path'),
      ...undecodable(request),
      ...parsePart(request, 'query', schema?.querystring ?? (isApi(request) ? noQuery : undefined), 'query'),
      ...parseHeaders(request, schema?.headers),
      ...(config.command ? commandFaults(request, shanghaiDay(now())) : []),
      ...parsePart(request, 'body', schema?.body, 'body'),
    ];
    if (faults.length > 0) throw invalid(...faults, ...(await startingFaults(request, context)));
    await waitForPosition(request, context);
  });

  app.addHook('onSend', (request, reply, _payload, done) => {
    if (!isApi(request)) return done();
    reply.header('vary', 'Authorization, Cookie, Accept, Accept-Language');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-cache');
    if (isRead(request) && reply.statusCode < 400 && !reply.hasHeader('registry-position')) {
      reply.header('registry-position', model.place().position);
    }
    done();
  });
};

/** A route that names no parameter takes none. */
const noQuery = z.strictObject({});

const isApi = ({ url }: FastifyRequest): boolean => url.startsWith('/api/v1/');

/** Parameters that are not UTF-8 in percent-encoding, which the parser of queries would take as they are written. */
const undecodable = ({ url }: FastifyRequest): readonly Fault[] => {
  if (!url.includes('%')) return [];
  const parameters = url.split('?').slice(1).join('?').split('&');
  return parameters
    .filter((parameter) => !isDecodable(parameter))
    .map((parameter) => ({
      in: 'query',
      name: parameter.split('=')[0] ?? '',
      zh: '须按 UTF-8 作百分号编码，如 %E5%8C%97',
      en: 'Must be UTF-8 in percent-encoding, such as %E5%8C%97',
    }));
};

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

type Parts = { params: unknown; query: unknown; body: unknown };

const parsePart = (
  request: FastifyRequest,
  part: keyof Parts,
  schema: unknown,
  place: Fault['in'],
): readonly Fault[] => {
  if (!(schema instanceof z.ZodType)) return [];
  const holder: Parts = request;
  const given = holder[part] ?? (part === 'body' ? undefined : {});
  const isEmpty = part === 'query' && Object.keys(Object(given)).length === 0;
  const parsed = isEmpty ? nothingParsed(schema) : schema.safeParse(part === 'query' ? { ...Object(given) } : given);
  if (!parsed.success) {
    if (part === 'body' && !isObject(given)) {
      return [{ in: 'body', pointer: '', zh: '请求体须为 JSON 对象', en: 'The body must be a JSON object' }];
    }
    const parameters = part === 'query' && schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
    return faultsOf(parsed.error, place, given, '', parameters);
  }
  if (part === 'body') request.sentBody = given;
  holder[part] = parsed.data;
  return [];
};

/** What a schema makes of nothing, as most requests send no parameters and no headers that a route reads. */
const nothingParsed = memo((schema: z.ZodType) => schema.safeParse({}));
const namesIn = memo((schema: z.ZodObject) => Object.keys(schema.shape));

const parseHeaders = (request: FastifyRequest, schema: unknown): readonly Fault[] => {
  request.sentHeaders = {};
  if (!(schema instanceof z.ZodType)) return [];
  const isEmpty = schema instanceof z.ZodObject && namesIn(schema).every((name) => request.headers[name] === undefined);
  const parsed = isEmpty ? nothingParsed(schema) : schema.safeParse(request.headers);
  if (!parsed.success) return faultsOf(parsed.error, 'header', request.headers);
  request.sentHeaders = parsed.data as Partial<RequestHeaders>;
  return [];
};

const commandFaults = (request: FastifyRequest, today: string): readonly Fault[] => {
  const { body } = request;
  if (!isObject(body) || typeof body.effectiveOn !== 'string' || !isDay(body.effectiveOn)) return [];
  const fault = futureFault(body as JsonObject, today);
  return fault === undefined ? [] : [fault];
};

/** HEAD asks for what GET would say, without the body. */
const isRead = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD';

/**
 * What a command that cannot be parsed lacks besides if the entry has no fact yet, so that one refusal names all that is
 * missing.
 */
const startingFaults = async (request: FastifyRequest, { commands }: Context): Promise<readonly Fault[]> => {
  const { body, entryKey, routeOptions } = request;
  const { register, command = '' } = routeOptions.config;
  const kind = register?.factOf.get(command);
  if (register === undefined || kind === undefined || !isObject(body)) return [];
  const missing = kind.requiredToStart.filter((name) => body[name] === undefined && !kind.required.includes(name));
  const seen = missing.length === 0 ? undefined : await commands.readEntry(register, entryKey).catch(() => undefined);
  return seen?.entry.path.steps.length === 0 ? missingToStart(missing) : [];
};

const positionWaitMs = 5_000;
const ownWaitMs = 250;

/** Whether a request's answer comes from the read model: then the route takes a position. */
const asksReadModel = ({ routeOptions: { schema } }: FastifyRequest): boolean =>
  schema?.headers instanceof z.ZodObject && Object.hasOwn(schema.headers.shape, 'registry-position');

/**
 * Read your writes: waits until this node has folded the position that the request names. A request that names none
 * waits briefly for what was recorded through this node.
 */
const waitForPosition = async (request: FastifyRequest, { model, commands }: Context): Promise<void> => {
  if (!isRead(request)) return;
  const position = request.headers['registry-position'];
  if (position === undefined) {
    if (asksReadModel(request) && model.lacksEvents())
      throw unavailable({
        zh: '本节点正在读取台账，尚不能答复',
        en: 'This node is still reading the ledger and cannot answer yet',
      });
    const own = commands.recordedLast();
    if (isApi(request) && own !== undefined && model.health().state === 'ready') await model.reached(own, ownWaitMs);
    return;
  }
  if (typeof position !== 'string' || !isPosition(position)) {
    throw invalid({
      in: 'header',
      name: 'registry-position',
      zh: '不是由本服务给出的位置',
      en: 'Is not a position that this service issued',
    });
  }
  if (!(await model.reached(position, positionWaitMs))) {
    throw unavailable({ zh: '本节点数据尚未同步到该位置', en: 'This node has not caught up to that position yet' });
  }
};
