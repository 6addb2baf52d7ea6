import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Text } from '../../domain/field.ts';
import type { Register } from '../../domain/register.ts';
import type { FileFault } from '../imports/reading/file-fault.ts';
import { valueNames } from '../imports/reading/values.ts';
import { columnViews } from '../imports/view.ts';
import { type FormHeads, formHeadsOf } from './form-heads.ts';
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

/** Why a file cannot be imported, with what can be chosen to settle it. */
export const fileProblem = ({ at, fault, columns, sheets }: FileFault, language: keyof Text): Problem => {
  const place = at === 'sheet' ? { in: 'query' as const, name: at } : { in: 'body' as const, pointer: pointerTo(at) };
  return new Problem('invalid-request', {
    errors: [{ ...place, ...fault }],
    ...(columns === undefined ? {} : { columns: columnViews(columns, language) }),
    ...(sheets === undefined ? {} : { sheets }),
  });
};

/** RFC 6901 §3: a header may have a slash in it. */
const pointerTo = (part: string): string => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`;

type Values = Readonly<Record<string, string>>;
type Form = { readonly set: Values; readonly map: Values; readonly name: string };

/** What stands for bytes that are not UTF-8. */
const damaged = '\ufffd';

/**
 * Reads a form: its `set.FIELD` and `map.HEADER` parts, in any order, and its file, in a part of any other name, which is
 * written to `path`.
 */
export const formOf = async (request: FastifyRequest, path: string): Promise<Form> => {
  // In an object, __proto__ would not be a name like others.
  const given = { set: new Map<string, string>(), map: new Map<string, string>() };
  let name: string | undefined;
  let parts = 0;
  let heads: FormHeads | undefined;
  try {
    heads = formHeadsOf(request.raw);
    for await (const part of request.parts()) {
      parts += 1;
      const { kind, field = '' } = /^(?<kind>set|map)\.(?<field>.*)$/s.exec(part.fieldname)?.groups ?? {};
      const refuse = (zh: string, en: string) => invalid({ in: 'body', pointer: pointerTo(part.fieldname), zh, en });
      if (part.type === 'file') {
        if (kind !== undefined) throw refuse('须为值，不能是文件', 'Must be a value, not a file');
        name = part.filename ?? 'file';
        if (name.includes(damaged)) throw refuse('文件名不是 UTF-8', 'The file’s name is not in UTF-8');
        await pipeline(part.file, createWriteStream(path));
        if (part.file.truncated) throw new Problem('payload-too-large');
        continue;
      }
      requireSound(heads);
      if (part.fieldname === 'file')
        throw refuse('须作为文件发送，并带文件名', 'Must be sent as a file, with its name');
      if (kind !== 'set' && kind !== 'map') throw refuse('未知的表单项', 'Unknown part of the form');
      if (given[kind].has(field)) throw refuse('同一表单项出现了两次', 'This part was sent twice');
      if (part.valueTruncated || part.fieldnameTruncated) throw refuse('过长', 'Is too long');
      const value = String(part.value);
      if (`${field}${value}`.includes(damaged)) throw refuse('不是 UTF-8 编码', 'Is not in UTF-8');
      given[kind].set(field, value);
    }
  } catch (error) {
    // The parser of forms gives no code to the error of a form that is cut short or malformed.
    if (error instanceof Problem || !(error instanceof Error) || 'code' in error) throw error;
    throw invalid({ in: 'body', pointer: '', zh: '表单不完整', en: `The form is malformed: ${error.message}` });
  } finally {
    heads?.stop();
  }
  requireSound(heads);
  // Who reads the heads and who reads the parts must have found the same ones.
  if (heads.count() !== parts)
    throw invalid({ in: 'body', pointer: '', zh: '表单不规范', en: 'The form is malformed' });
  if (name === undefined) throw invalid({ in: 'body', pointer: '/file', zh: '没有附上文件', en: 'No file was sent' });
  return { set: Object.fromEntries(given.set), map: Object.fromEntries(given.map), name };
};

const requireSound = (heads: FormHeads): void => {
  const fault = heads.fault();
  if (fault === undefined) return;
  const { name, zh, en } = fault;
  throw invalid({ in: 'body', pointer: name === '' ? '' : pointerTo(name), zh, en });
};
