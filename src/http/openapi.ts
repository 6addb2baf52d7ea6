import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import type { App } from './context.ts';
import { refusals } from './schemas.ts';

/** The pages take everything from here, also where the registry is served without TLS. */
const pagePolicy =
  "default-src 'self'; base-uri 'self'; font-src 'self' data:; frame-ancestors 'none'; img-src 'self' data:; " +
  "object-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'";

/** The OpenAPI 3.1 document, generated from the schemas that validate, and pages to browse it, from this package alone. */
export const documentation = async (app: App): Promise<void> => {
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
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: pagePolicy,
    uiConfig: { docExpansion: 'none' },
  });
  app.after(() => {
    app.get(
      '/api/openapi.json',
      {
        schema: {
          tags: ['operations'],
          summary: 'This document',
          operationId: 'openapi',
          response: { 200: z.looseObject({ openapi: z.string() }), ...refusals(401, 406, 429, 500, 503) },
        },
      },
      async () => app.swagger(),
    );
  });
};
