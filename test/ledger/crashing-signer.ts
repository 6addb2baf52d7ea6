import { writeSync } from 'node:fs';
import { growingIn } from '../../src/ledger/growing.ts';
import { publishLedger } from '../../src/ledger/published.ts';
import { rememberedIn } from '../../src/ledger/remembered.ts';
import { ledgerOf, newKeys, origin } from './publishing.ts';

/**
 * Hashes and signs as a server does, with what it has failed at tried again, and says the size of each checkpoint once it
 * is published.
 */
const [, , keys = '', folder = '', to = ''] = process.argv;
const events = ledgerOf(Number(to));
const growing = growingIn(folder);
let hashed: ReturnType<typeof growing.sync> | undefined;
const ledger = publishLedger({
  signs: true,
  witnesses: [],
  key: () => newKeys(keys).key,
  remembered: rememberedIn(keys, origin),
  folder,
  hashed: () => hashed,
  sizeNow: async () => events.length,
  log: { info: () => {}, error: () => {} },
});
let said = 0;
for (let look = 0; look < 20 && said < events.length; look++) {
  const size = Math.min(events.length, Math.max(100, said + 100));
  try {
    growing.open(size);
    growing.grow(events.slice(Math.max(0, (hashed?.size ?? 0) - 1), size));
    hashed = growing.sync(size);
  } catch {
    hashed = undefined;
  }
  await ledger.look();
  const published = ledger.published()?.size ?? 0;
  if (published > said) writeSync(1, `${published}\n`);
  said = published;
}
