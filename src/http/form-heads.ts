import type { IncomingMessage } from 'node:http';
import { Dicer } from '@fastify/busboy';
import { z } from 'zod';
import type { Text } from '../../domain/field.ts';

/**
 * What the heads of a form's parts say (RFC 7578 §4). The parser of forms takes the last of two names, drops a part
 * without one, and decodes no transfer encoding; so the heads are read once more beside it, and what it would have taken
 * for something else is refused.
 */

const headSchema = z.record(z.string(), z.array(z.string()));
type Head = z.output<typeof headSchema>;

export type FormHeads = {
  /** What is wrong with the heads that have been read so far; undefined if nothing is. */
  readonly fault: () => (Text & { readonly name: string }) | undefined;
  /** How many parts have been read so far. */
  readonly count: () => number;
  readonly stop: () => void;
};

/** Reads the heads of a form's parts beside whatever else reads it. Throws if the form has no boundary that it could have. */
export const formHeadsOf = (request: IncomingMessage): FormHeads => {
  const [, quoted, bare = '-'] =
    /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(request.headers['content-type'] ?? '') ?? [];
  const reader = new Dicer({ boundary: quoted ?? bare });
  let count = 0;
  const faults: ReturnType<FormHeads['fault']>[] = [];
  reader.on('part', (part) => {
    part.on('header', (given) => {
      count += 1;
      const head = headSchema.parse(given);
      const fault = headFault(head);
      if (fault !== undefined) faults.push({ name: nameIn(head), ...fault });
    });
    part.on('error', () => {}); // a form that is cut short fails where its parts are read
    part.resume();
  });
  reader.on('error', () => {});
  request.pipe(reader);
  return { fault: () => faults[0], count: () => count, stop: () => request.unpipe(reader) };
};

/** The first name of a part, for a message. */
const nameIn = ({ 'content-disposition': [disposition = ''] = [] }: Head): string =>
  Buffer.from(/;\s*name\s*=\s*"?([^";]*)/i.exec(disposition)?.[1] ?? '', 'latin1').toString();

const read = ['content-disposition', 'content-type', 'content-transfer-encoding'] as const;

const headFault = (head: Head): Text | undefined => {
  const repeated = read.find((name) => (head[name]?.length ?? 0) > 1);
  if (repeated !== undefined)
    return { zh: `表单项的 ${repeated} 头出现了两次`, en: `A part has two ${repeated} headers` };
  const [disposition, type, encoding] = read.map((name) => withoutTexts(head[name]?.[0] ?? ''));
  if (!/^form-data\s*;/i.test(disposition ?? '') || timesOf('name', disposition) !== 1)
    return {
      zh: '每个表单项须有且只有一个名称：Content-Disposition: form-data; name="…"',
      en: 'Each part needs one name: Content-Disposition: form-data; name="…"',
    };
  if (timesOf('filename', disposition) > 1) return { zh: '表单项有两个文件名', en: 'A part has two file names' };
  if (!/^(7bit|8bit|binary)?$/i.test(encoding ?? ''))
    return {
      zh: `不支持 Content-Transfer-Encoding: ${encoding}；请直接发送内容`,
      en: `Content-Transfer-Encoding ${encoding} is not supported; send the content as it is`,
    };
  const isFile = timesOf('filename', disposition) > 0 || /^application\/octet-stream/i.test(type ?? '');
  return isFile ? undefined : valueFault(head['content-type']?.[0] ?? '');
};

/** A value is text in UTF-8, whether or not its part says so (RFC 7578 §5.1.2). */
const valueFault = (type: string): Text | undefined => {
  const { charset } = /;\s*charset\s*=\s*"?(?<charset>[^\s";]*)/i.exec(type)?.groups ?? {};
  if (!/^(text\/plain\s*(;.*)?)?$/i.test(type.trim()))
    return {
      zh: `表单项的值须为 text/plain，不能是 ${type}`,
      en: `The value of a part must be text/plain, not ${type}`,
    };
  return charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset)
    ? undefined
    : { zh: `表单项的值须为 UTF-8，不能是 ${charset}`, en: `The value of a part must be in UTF-8, not ${charset}` };
};

/** A header without what stands between quotation marks, in which anything may. */
const withoutTexts = (header: string): string => header.replace(/"(?:\\.|[^"\\])*"/g, '""').trim();

const timesOf = (name: string, header = ''): number =>
  header.match(new RegExp(String.raw`;\s*${name}\*?\s*=`, 'gi'))?.length ?? 0;
