import { join } from 'node:path';
import pino from 'pino';
import { registerNamed } from '../../domain/registers/index.ts';
import { readConfig } from '../../src/config.ts';
import { openRegistry } from '../../src/registry.ts';
import { start } from '../../src/store/event-store.ts';
import { messes } from './messes.ts';

/** Imports every mess from a folder, whose files are named by number, and prints what was recorded and what was not. */

const folder = process.argv[2] ?? '';
const { config } = readConfig({ REGISTRY_DATA: join(folder, 'data'), LOG_LEVEL: 'silent' });
const { imports, model, store, close } = await openRegistry(config, pino({ level: 'silent' }));
await model.caughtUp;
const refusals: unknown[] = [];
for (const [index, { register: name, command, set = {}, sheet }] of messes.entries()) {
  const register = registerNamed(name);
  if (register === undefined) throw new Error(`no register ${name}`);
  const path = join(folder, String(index));
  const request = { register, command, file: 'list', path, sheet, set, by: 'li.wei', dryRun: false };
  const started = await imports.start(request);
  if ('fault' in started) throw new Error(started.fault.en);
  await imports.settled(started.id);
  refusals.push((await imports.progress(started.id))?.refusals);
}
const events = await store.readAll(start, 10_000);
const said = events.flatMap(({ type, data, metadata }) => (metadata.row === undefined ? [] : [{ type, data }]));
process.stdout.write(JSON.stringify({ zone: Intl.DateTimeFormat().resolvedOptions().timeZone, said, refusals }));
await close();
