import { noteVerifier } from '../../src/ledger/note.ts';
import { addCheckpoint } from '../../src/ledger/witness.ts';
import { openWitnessState } from '../../src/ledger/witness-state.ts';
import { newWitnessKey, sound } from './signing.ts';

/** A witness that is killed once it has remembered what it is asked for, before it answers. */
const [, , path = '', origin = '', verifierKey = '', request = ''] = process.argv;
const state = openWitnessState(path);
const answer = addCheckpoint(Buffer.from(request, 'base64'), {
  logs: new Map([[origin, [sound(noteVerifier(verifierKey))]]]),
  state: {
    ...state,
    replace: (...step) => {
      if (state.replace(...step)) process.kill(process.pid, 'SIGKILL');
      return false;
    },
  },
  signer: newWitnessKey('witness.example.org').signer,
});
process.stdout.write(answer.body);
