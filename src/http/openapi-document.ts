import swagger from '@fastify/swagger';
import type { RouteOptions } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import type { App } from './context.ts';
import { refusals } from './schemas.ts';
import { cookieName } from './session-cookie.ts';

/** Lets a server describe the routes that are added to it from now on as OpenAPI 3.1: `app.swagger()`. */
export const describing = async (app: App): Promise<void> => {
  app.addHook('onRoute', (route) => {
    const { schema, config } = route;
    if (schema === undefined || schema.hide) return;
    route.schema = {
      ...schema,
      ...(config?.roles === undefined ? {} : { security: [{ bearer: [] }, { session: [] }] }),
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
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: cookieName(false),
            description: 'The page’s session; over TLS the name begins with __Host-',
          },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
};

/** The statuses with which a route may refuse; a route adds to its answers only what does not follow from its kind. */
const refusalStatuses = ({ method, url, config, schema }: RouteOptions): readonly number[] => {
  const isPost = method === 'POST';
  const mayForbid = config?.roles !== undefined || config?.signsIn === true;
  const takes = (part: unknown, name: string) => part instanceof z.ZodObject && Object.hasOwn(part.shape, name);
  const namesOne = url.includes('/:');
  return [
    ...[400, 401, 406, 415, 429, 500, 503],
    ...(mayForbid ? [403] : []),
    ...(namesOne || takes(schema?.querystring, 'plan') ? [404] : []),
    ...(isPost || method === 'PATCH' ? [413] : []),
    ...(isPost && namesOne ? [409] : []),
    ...(takes(schema?.headers, 'if-match') ? [412] : []),
    ...(config?.command ? [422, 428] : []),
  ];
};
