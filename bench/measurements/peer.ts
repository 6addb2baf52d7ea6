import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, newFolder } from '../bench.ts';
import { here, type Server, serve } from '../processes.ts';

const folder = join(here.root, 'bench/peer');

/** Starts Emmett on its SQLite store with the same command; undefined if it is not installed. */
export const startPeer = async (bench: Bench): Promise<Server | undefined> => {
  if (!existsSync(join(folder, 'node_modules'))) {
    bench.progress('skipping Emmett; npm ci --prefix bench/peer installs it');
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
