import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants as machine, setPriority } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { isCompressible } from './files.ts';

/**
 * Builds the page into a folder, and compresses what is worth it. A process of its own, for it keeps a core busy for some
 * seconds: `node building.ts ROOT OUTPUT`.
 */
/** Smaller files would hardly become fewer packets. */
const worthwhileBytes = 2_048;

setPriority(machine.priority.PRIORITY_BELOW_NORMAL); // commands come first

const [root = '', output = ''] = process.argv.slice(2);

await build({
  configFile: join(root, 'web/vite.config.ts'),
  configLoader: 'native',
  build: { outDir: output, emptyOutDir: true },
});

for (const name of readdirSync(output, { recursive: true, encoding: 'utf8' }).filter(isCompressible)) {
  const file = join(output, name);
  const bytes = readFileSync(file);
  if (bytes.length < worthwhileBytes) continue;
  const hint = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: hint }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
}
