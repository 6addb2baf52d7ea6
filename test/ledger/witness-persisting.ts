import { writeSync } from 'node:fs';
import { openWitnessState } from '../../src/ledger/witness-state.ts';

/** Remembers two trees in the file of a witness, and says so after each. */
const [, , path = ''] = process.argv;
const state = openWitnessState(path);
const [first, second] = [1, 2].map((size) => ({ size, root: Buffer.alloc(32, size) }));
if (first === undefined || second === undefined) throw new Error('no trees');
writeSync(1, 'begun\n');
if (state.replace('example.org/ledger', undefined, first)) writeSync(1, 'replaced\n');
if (state.replace('example.org/ledger', first, second)) writeSync(1, 'replaced\n');
