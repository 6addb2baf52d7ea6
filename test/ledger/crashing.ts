import { writeSync } from 'node:fs';
import { openLevelFiles } from '../../src/ledger/level-files.ts';
import { leafHash } from '../../src/ledger/tree.ts';

/** Adds leaves to the level files of a folder in batches, and says after each sync which size may be signed. */
const [, , folder = '', from = '', to = '', batch = ''] = process.argv;
const say = (line: string): void => void writeSync(1, `${line}\n`);

const files = openLevelFiles(folder);
if ('fault' in files) throw new Error(JSON.stringify(files));
try {
  for (let at = Number(from); at < Number(to); at += Number(batch)) {
    const leaves = Array.from({ length: Number(batch) }, (_, n) => Buffer.from(`leaf ${at + n}`));
    files.append(Buffer.concat(leaves.map(leafHash)));
    say(String(files.sync()));
  }
  say('done');
} catch {
  // What the disk has is unknown now, so nothing may be signed, even if the next sync would succeed.
  try {
    say(String(files.sync()));
  } catch {
    say('refused');
  }
}
