import { rememberedIn } from '../../src/ledger/remembered.ts';
import { newKeys, newNode, origin } from './publishing.ts';

/** Signs a tree of a size, and is killed right before or after the checkpoint is remembered. */
const [, , keys = '', folder = '', to = '', when = ''] = process.argv;
const remembered = rememberedIn(keys, origin);
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
};
const dying = {
  ...remembered,
  remember: async (note: Buffer, instead: Buffer | 'none') => {
    if (when === 'before') die();
    return (await remembered.remember(note, instead)) && die();
  },
};
await newNode(newKeys(keys), { folder, remembered: dying }).growTo(Number(to));
