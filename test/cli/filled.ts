import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { registerNamed } from '../../domain/registers/index.ts';
import { readConfig } from '../../src/config.ts';
import { openRegistry } from '../../src/registry.ts';

/** A folder with a registry in which the real 59 listings and 5 factories count. The caller removes it. */
export const fillFolder = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
  const { config } = readConfig({ REGISTRY_DATA: join(folder, 'data'), LOG_LEVEL: 'silent' });
  const { imports, model, store, close } = await openRegistry(config, pino({ level: 'silent' }));
  for (const [name, command, set] of [
    ['listings', 'list', {}],
    ['factories', 'certify', { grade: 'demonstration' }],
  ] as const) {
    const register = registerNamed(name);
    if (register === undefined) throw new Error(`no register ${name}`);
    const path = `samples/${name}.csv`;
    const request = { register, command, file: `${name}.csv`, path, set, by: 'li.wei', dryRun: false };
    const started = await imports.start(request);
    if ('fault' in started) throw new Error(started.fault.en);
    await imports.settled(started.id);
    await imports.decide(started.id, 'approve', 'wang.fang');
    await imports.settled(started.id);
  }
  const last = (await store.readAll({ size: 0, position: '0' }, 1_000)).at(-1);
  await model.reached(last?.position ?? '0', 5_000);
  await close();
  return folder;
};
