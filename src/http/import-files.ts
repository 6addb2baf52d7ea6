import { z } from 'zod';
import type { Register } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';
import { refusedSheet } from '../imports/refused-sheet.ts';
import { templateOf } from '../imports/template.ts';
import { xlsxType } from '../spreadsheets/xlsx-writer.ts';
import { requireRole } from './access.ts';
import type { App, Context } from './context.ts';
import { commandQuery, importParams, importReaders, readersOf } from './import-schemas.ts';
import { languageQuery } from './parameters.ts';
import { languageOf, Problem } from './problem.ts';
import { inTurns } from './turns.ts';
import { sendXlsx, xlsxAnswer } from './xlsx-answer.ts';

/** The spreadsheets that imports hand out: templates to fill in, and refused rows to fix. */
export const importFileRoutes = (app: App, context: Context): void => {
  for (const register of registers) templateRoute(app, register);
  refusedRoute(app, context);
};

const templateRoute = (app: App, register: Register): void => {
  app.get(
    `/api/v1/imports/${register.name}/template.xlsx`,
    {
      config: { produces: [xlsxType] },
      schema: {
        tags: ['imports'],
        summary: `An empty XLSX for imports into ${register.name}`,
        operationId: `imports.${register.name}.template`,
        querystring: z.strictObject({ command: commandQuery(register), lang: languageQuery }),
        response: { 200: xlsxAnswer },
      },
    },
    async (request, reply) => {
      const { command = '', lang = languageOf(request) } = request.query;
      const kind = register.factOf.get(command) ?? register.facts[0];
      if (kind === undefined) throw new Problem('not-found');
      return sendXlsx(reply, `${register.name}-${kind.command}.xlsx`, templateOf(register, kind, lang));
    },
  );
};

const refusedRoute = (app: App, { imports }: Pick<Context, 'imports'>): void => {
  app.get(
    '/api/v1/imports/:id/refused.xlsx',
    {
      config: { roles: importReaders, produces: [xlsxType] },
      schema: {
        tags: ['imports'],
        summary: 'The refused rows, to fix and import again: their cells, line, column and reason',
        operationId: 'import.refused',
        params: importParams,
        querystring: z.strictObject({ lang: languageQuery }),
        response: { 200: xlsxAnswer },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const progress = await imports.progress(id);
      if (progress !== undefined) requireRole(request.identity, readersOf(progress));
      const { lang = languageOf(request) } = request.query;
      const refused = await imports.refused(id);
      if (refused === undefined) throw new Problem('not-found');
      return sendXlsx(
        reply,
        `${id}-refused.xlsx`,
        refusedSheet({ ...refused, rows: inTurns(refused.rows, 100) }, lang),
      );
    },
  );
};
