import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Register } from '../../domain/register.ts';
import type { Fault } from '../../domain/rejection.ts';
import type { FileFault } from '../imports/reading/file-fault.ts';
import { valueNames } from '../imports/reading/values.ts';
import { invalid, Problem } from './problem.ts';

/** The form that an import is sent as. */

/** The form that brings a file, with values that the file lacks, and what columns give; a header can be any name. */
export const importForm = (register: Register) => {
  const names = new Set(register.facts.flatMap(valueNames));
  return z.object({
    file: z.file().meta({ description: 'A CSV, XLSX or XLS file' }),
    ...Object.fromEntries([...names].map((name) => [`set.${name}`, z.string().optional()])),
    'map.HEADER': mapPart.optional(),
  });
};

const mapPart = z.string().meta({
  id: 'MapPart',
  description:
    'The field that a column gives, or nothing to leave it out. HEADER is the column’s header, or #3 for the third column',
});

/** Why a file cannot be imported, as a fault of the request. */
export const fileFault = ({ at, fault }: FileFault): Fault =>
  at === 'sheet' ? { in: 'query', name: at, ...fault } : { in: 'body', pointer: pointerTo(at), ...fault };

/** RFC 6901 §3: a header may have a slash in it. */
const pointerTo = (part: string): string => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`;

type Values = Readonly<Record<string, string>>;
type Form = { readonly set: Values; readonly map: Values; readonly name: string };

/** Reads a form: its `set.FIELD` and `map.HEADER` parts, in any order, and its file, which is written to `path`. */
export const formOf = async (request: FastifyRequest, path: string): Promise<Form> => {
  // In an object, __proto__ would not be a name like others.
  const given = { set: new Map<string, string>(), map: new Map<string, string>() };
  let name: string | undefined;
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        name = part.filename;
        await pipeline(part.file, createWriteStream(path));
        if (part.file.truncated) throw new Problem('payload-too-large');
        continue;
      }
      const { kind, field = '' } = /^(?<kind>set|map)\.(?<field>.*)$/s.exec(part.fieldname)?.groups ?? {};
      const at = { in: 'body', pointer: pointerTo(part.fieldname) } as const;
      if (kind !== 'set' && kind !== 'map')
        throw invalid({ ...at, zh: '未知的表单项', en: 'Unknown part of the form' });
      if (given[kind].has(field)) throw invalid({ ...at, zh: '同一表单项出现了两次', en: 'This part was sent twice' });
      if (part.valueTruncated || part.fieldnameTruncated) throw invalid({ ...at, zh: '过长', en: 'Is too long' });
      given[kind].set(field, String(part.value));
    }
  } catch (error) {
    // The parser of forms gives no code to the error of a form that is cut short or malformed.
    if (error instanceof Problem || !(error instanceof Error) || 'code' in error) throw error;
    throw invalid({ in: 'body', pointer: '', zh: '表单不完整', en: `The form is malformed: ${error.message}` });
  }
  if (name === undefined) throw invalid({ in: 'body', pointer: '/file', zh: '没有附上文件', en: 'No file was sent' });
  return { set: Object.fromEntries(given.set), map: Object.fromEntries(given.map), name };
};
