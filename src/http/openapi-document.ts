import swagger from '@fastify/swagger';
import type { RouteOptions } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { registers } from '../../domain/registers/index.ts';
import manifest from '../../package.json' with { type: 'json' };
import type { Config } from '../config.ts';
import type { App } from './context.ts';
import { refusals } from './schemas.ts';
import { cookieName } from './session-cookie.ts';

/** Lets a server describe the routes that are added to it from now on as OpenAPI 3.1: `app.swagger()`. */
export const describing = async (app: App, { basePath }: Pick<Config, 'basePath'>): Promise<void> => {
  app.addHook('onRoute', (route) => {
    const { schema, config } = route;
    if (schema === undefined || schema.hide) return;
    route.schema = {
      ...schema,
      ...(config?.roles === undefined ? {} : { security: signedIn }),
      response: { ...refusals(...refusalStatuses(route)), ...Object(schema.response) },
    };
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Upgrade Registry',
        version: manifest.version,
        description: manifest.description,
        license: { name: manifest.license, identifier: manifest.license },
      },
      servers: [{ url: basePath || '/' }],
      tags,
      security: [...signedIn, {}],
      components: { securitySchemes: securitySchemes(basePath) },
    },
    transform: transformed,
    transformObject: jsonSchemaTransformObject,
  });
};

/** The ways in which people say who they are; an operation takes any of them. */
const securitySchemes = (basePath: string) => ({
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A token, such as ./registry token issues',
  } as const,
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: cookieName(false, basePath),
    description: `The page’s session; over TLS its name is ${cookieName(true, basePath)}`,
  } as const,
});

/** What needs no role is answered without a token too, but may say more with one. */
const signedIn: Record<string, string[]>[] = ['bearer', 'session'].map((scheme) => ({ [scheme]: [] }));

const tags = [
  ...registers.map(({ name, title }) => ({ name, description: `${title.en} · ${title.zh}` })),
  { name: 'submissions', description: 'What waits for a second person · 待复核' },
  {
    name: 'imports',
    description:
      'Imports of spreadsheets; templates offer the allowed values and have an example row, which imports skip · 表格导入',
  },
  { name: 'registers', description: 'The declarations as data · 登记簿定义' },
  { name: 'trail', description: 'What auditors replay · 审计记录' },
  { name: 'ledger', description: 'The ledger as a transparency log · 可验证的台账' },
  { name: 'dashboards', description: 'Targets and counts · 目标与计数' },
  { name: 'exports', description: 'Files · 导出' },
  { name: 'operations', description: 'Health and documentation · 运行与文档' },
];

/** A form is described although no schema validates it: its parts are read as they arrive. */
const transformed: typeof jsonSchemaTransform = (given) => {
  const form = 'route' in given ? given.route.config?.form : undefined;
  const { params } = given.schema ?? {};
  const named = params instanceof z.ZodObject && '*' in params.shape ? { params: withTile(params) } : {};
  const schema = { ...given.schema, ...named, ...(form !== undefined && { body: form }) };
  return jsonSchemaTransform({ ...given, schema, url: given.url.replace(/\*$/, ':tile') });
};

/** The rest of a path has no name in Fastify; a document must give it one. */
const withTile = ({ shape }: z.ZodObject): z.ZodObject => {
  const { '*': tile = z.string(), ...others } = shape;
  return z.object({ ...others, tile });
};

/** The statuses with which a route may refuse; a route adds to its answers only what does not follow from its kind. */
const refusalStatuses = ({ method, url, config, schema }: RouteOptions): readonly number[] => {
  const isPost = method === 'POST';
  const mayForbid = config?.roles !== undefined || config?.signsIn === true;
  const takes = (part: unknown, name: string) => part instanceof z.ZodObject && Object.hasOwn(part.shape, name);
  const namesOne = url.includes('/:') || url.startsWith('/ledger/') || url.endsWith('/bundle.zip');
  return [
    400,
    ...(mayForbid ? [403] : []),
    ...(namesOne || takes(schema?.querystring, 'plan') ? [404] : []),
    ...(isPost && namesOne ? [409] : []),
    ...(takes(schema?.headers, 'if-match') ? [412] : []),
    ...(config?.command ? [422, 428] : []),
  ];
};
