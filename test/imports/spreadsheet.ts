import type { Role } from '../../src/identity/identity.ts';
import type { Reply, TestServer } from '../http/server.ts';

/** A CSV of headers and rows; cells with commas, quotes or line ends are quoted. */
export const csv = (headers: readonly string[], ...rows: readonly (readonly string[])[]): string =>
  [headers, ...rows].map((cells) => `${cells.map(quoted).join(',')}\n`).join('');

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

export type Sending = {
  readonly by?: string;
  readonly role?: Role;
  /** `command=certify&dryRun=true` */
  readonly query?: string;
  readonly set?: Readonly<Record<string, string>>;
  /** What columns give, by header or by `#3`. */
  readonly map?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly name?: string;
};

/** Posts a spreadsheet to a register's imports. */
export const post = async (
  server: TestServer,
  register: string,
  file: string | Uint8Array<ArrayBuffer>,
  { by = 'li.wei', role = 'clerk', query = '', set = {}, map = {}, headers = {}, name = 'rows.csv' }: Sending = {},
): Promise<Reply> => {
  const form = new FormData();
  for (const [field, value] of Object.entries(set)) form.append(`set.${field}`, value);
  for (const [header, field] of Object.entries(map)) form.append(`map.${header}`, field);
  form.append('file', new Blob([file], { type: 'text/csv' }), name);
  const token = await server.token(role, by);
  return server.call('POST', `/api/v1/imports/${register}?${query}`, { token, raw: form, headers });
};

/** Imports a spreadsheet and gives the import as it is at its end. */
export const imported = async (
  server: TestServer,
  register: string,
  file: string | Uint8Array<ArrayBuffer>,
  sending: Sending = {},
): Promise<Reply['json']> => {
  const answer = await post(server, register, file, sending);
  if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`);
  return ended(server, answer.json.import.id);
};

/** The import once it has ended. */
export const ended = async (server: TestServer, id: string): Promise<Reply['json']> => {
  await server.registry.imports.settled(id);
  const { json } = await server.get(`/api/v1/imports/${id}`, {
    token: await server.token('auditor'),
    headers: { 'accept-language': 'en' },
  });
  return json.import;
};

/** Approves, returns or undoes an import; gives the answer. */
export const decide = async (
  server: TestServer,
  id: string,
  decision: 'approve' | 'return' | 'undo',
  by = 'wang.fang',
): Promise<Reply> => {
  const body = decision === 'return' ? { reason: '名单有误' } : undefined;
  return server.post(`/api/v1/imports/${id}/${decision}`, body, { token: await server.token('reviewer', by) });
};

/** The events of an import in the trail, in the order of the ledger. */
export const trailOf = async (server: TestServer, id: string): Promise<Reply['json']> => {
  const token = await server.token('auditor');
  const size = await server.registry.store.size();
  const { json } = await server.get(`/api/v1/events?import=${id}&limit=500`, {
    token,
    headers: { 'registry-position': String(size) },
  });
  return json;
};

/** A target's count on a day, read once the read model knows everything recorded. */
export const countOf = async (server: TestServer, target: string, on: string): Promise<number> => {
  const size = await server.registry.store.size();
  const { json } = await server.get(`/api/v1/targets?on=${on}`, { headers: { 'registry-position': String(size) } });
  return json.targets.find(({ id }: { id: string }) => id === target).count;
};
