import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Command } from 'commander';
import { type Config, ConfigError } from '../config.ts';
import { kept, pathIn } from '../data-folder.ts';
import { toldOfFault } from '../ledger/fault-texts.ts';
import { noteVerifier, type Verifier } from '../ledger/note.ts';
import { formatVerifierKey, isKeyName } from '../ledger/note-keys.ts';
import { cosigner, newSignerKey, parseSignerKey } from '../ledger/signer-keys.ts';
import { addCheckpoint, type Witness, type WitnessAnswer } from '../ledger/witness.ts';
import { openWitnessState } from '../ledger/witness-state.ts';
import { print, Refusal, settings } from './output.ts';

const limitBytes = 65_536;

type Given = { readonly name: string; readonly log: readonly string[] };

export const witnessCommand = (program: Command): void => {
  program
    .command('witness')
    .description('run a witness (C2SP tlog-witness): it cosigns a log’s checkpoints as long as that log only grows')
    .requiredOption('--name <name>', 'the name of this witness’s key, such as witness.example.org')
    .requiredOption('--log <key...>', 'the verifier keys of the logs that it witnesses, from their ledger key')
    .action(({ name, log }: Given) => {
      const config = settings();
      const logs = logsOf(log);
      const { witness, verifierKey } = openWitness(config, name, logs);
      serveWitness(config, witness, verifierKey);
    });
};

/** The keys of each log, by its origin, which is the name of its keys. */
const logsOf = (verifierKeys: readonly string[]): Witness['logs'] => {
  const logs = new Map<string, Verifier[]>();
  for (const text of verifierKeys) {
    const key = noteVerifier(text);
    if ('fault' in key) throw new Refusal(`--log ${text}: ${toldOfFault(key).en}`, true);
    logs.set(key.name, [...(logs.get(key.name) ?? []), key]);
  }
  return logs;
};

const openWitness = ({ dataFolder }: Config, name: string, logs: Witness['logs']) => {
  if (!isKeyName(name)) throw new Refusal('--name: expected a name without spaces and plus signs', true);
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const path = pathIn(dataFolder, kept.witness);
  const state = openWitnessState(path);
  const text = state.key(() => newSignerKey(name, 0x04));
  const [key, signer] = [parseSignerKey(text, 0x04), cosigner(text, () => Math.floor(Date.now() / 1_000))];
  if ('fault' in key || 'fault' in signer) throw new ConfigError(`${path} does not hold the key of a witness`);
  if (key.name !== name) throw new ConfigError(`${path} is of the witness ${key.name}, and not of ${name}`);
  return { witness: { logs, state, signer }, verifierKey: formatVerifierKey(key, 0x04) };
};

/** Listens, and prints the address and the verifier key. It may be killed at any time: nothing is half done. */
const serveWitness = ({ host, port }: Config, witness: Witness, verifierKey: string): void => {
  const server = createServer(async (request, response) => {
    const { status, type, body } = await answerTo(request, witness).catch(failed);
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  server.on('error', (error) => {
    process.stderr.write(`registry: cannot listen on HOST=${host}, PORT=${port}: ${error.message}\n`);
    process.exitCode = 78;
  });
  server.listen(port, host, () => {
    const { address, family, port: used } = server.address() as AddressInfo;
    print(`verifier key ${verifierKey}`);
    print(`listening on http://${family === 'IPv6' ? `[${address}]` : address}:${used}`);
  });
};

const plain = (status: number, sentence: string): WitnessAnswer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${sentence}\n`,
});

const failed = (error: unknown): WitnessAnswer => {
  process.stderr.write(`registry: ${error instanceof Error ? error.message : String(error)}\n`);
  return plain(500, 'The witness cannot remember what it would cosign.');
};

const answerTo = async (request: IncomingMessage, witness: Witness): Promise<WitnessAnswer> => {
  if (request.url !== '/add-checkpoint') return plain(404, 'There is only add-checkpoint here.');
  if (request.method !== 'POST') return plain(405, 'add-checkpoint takes POST.');
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > limitBytes) return plain(413, 'The body is too long.');
    parts.push(part);
  }
  return addCheckpoint(Buffer.concat(parts), witness);
};
