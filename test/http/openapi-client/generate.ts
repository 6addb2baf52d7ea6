import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTypes, { astToString } from 'openapi-typescript';
import ts from 'typescript';

/** Writes `registry.d.ts`, the types of the document `openapi.json` in the folder given; a file in a form is a Blob. */

const [, , folder = ''] = process.argv;
const blob = ts.factory.createTypeReferenceNode('Blob');
const types = await openapiTypes(readFileSync(join(folder, 'openapi.json'), 'utf8'), {
  transform: ({ format }) => (format === 'binary' ? blob : undefined),
});
writeFileSync(join(folder, 'registry.d.ts'), astToString(types));
