import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, newFolder } from '../bench.ts';
import { here, type Server, serve } from '../processes.ts';

const folder = join(here.root, 'bench/peer');

/** Emmett on its SQLite store doing the same command; undefined where it is not installed. */
export const startPeer = async (bench: Bench): Promise<Server | undefined> => {
  if (!existsSync(join(folder, 'node_modules'))) {
    bench.tell('Emmett is left out; npm ci --prefix bench/peer installs it');
    return undefined;
  }
  const scratch = newFolder(bench, 'peer');
  return serve(
    here,
    [join(here.root, 'bench/servers/emmett.ts'), join(scratch, 'emmett.db')],
    join(scratch, 'output'),
    {},
  );
};
