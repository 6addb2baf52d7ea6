import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { newWitnessKey } from '../ledger/signing.ts';
import { nomination } from './office.ts';
import { startServer } from './server.ts';

vi.setConfig({ testTimeout: 60_000 });

/** A server whose witness answers with a status, or not at all. */
const witnessedBy = async (answer: { status: number }) => {
  const witness = createServer((request, response) => {
    request.resume();
    if (answer.status === 0) response.destroy();
    else response.writeHead(answer.status).end();
  });
  await new Promise<void>((resolve) => void witness.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void witness.close());
  const { verifierKey } = newWitnessKey('w.example.org');
  const said: string[] = [];
  const server = await startServer({
    inThread: true,
    log: pino({ level: 'error' }, { write: (line: string) => void said.push(JSON.parse(line).msg) }),
    environment: {
      REGISTRY_WITNESSES: `http://127.0.0.1:${(witness.address() as AddressInfo).port} ${verifierKey}`,
    },
  });
  onTestFinished(server.close);
  const [clerk, auditor] = [await server.token('clerk'), await server.token('auditor')];
  const health = async (fault: RegExp) => {
    for (;;) {
      const { status, json } = await server.get('/health/ready', { token: auditor });
      if (fault.test(json.ledger?.witnesses?.[0].fault ?? '')) return { status, ...json };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const nominate = async (key: string): Promise<void> => {
    const { status } = await server.post(`/api/v1/factories/${key}/nominate`, nomination, { token: clerk });
    expect(status).toBe(201);
  };
  return { server, health, nominate, said };
};

const faults: readonly (readonly [string, number, RegExp])[] = [
  ['does not answer', 0, /^The witness cannot be reached: /],
  ['does not know the log', 403, /^The witness does not know this ledger or its key$/],
  ['answers what is no answer', 500, /^The answer of the witness is not valid \(status 500\)$/],
];

test.each(faults)('a witness that %s is told of everywhere; the server signs on and is ready', async (_, code, why) => {
  const { server, health, nominate, said } = await witnessedBy({ status: code });
  await nominate('f-1');
  expect(await server.registry.ledger.reached(2, 30_000)).toBe(true);
  const { status, state, ledger } = await health(why);
  expect([status, state]).toEqual([200, 'ready']);
  expect(ledger).not.toHaveProperty('notSigned');
  expect(ledger.witnesses).toEqual([{ name: 'w.example.org', cosigned: 0, fault: expect.stringMatching(why) }]);
  const { text } = await server.get('/metrics');
  expect(text).toContain('\nregistry_witness_fault{witness="w.example.org"} 1\n');
  expect(text).toContain('\nregistry_witness_cosigned_size{witness="w.example.org"} 0\n');
  expect(said.filter((line) => line.startsWith('the witness w.example.org has not cosigned: '))).toHaveLength(1);
});

test.each([409, 422])(
  'a witness that has seen another ledger (%i) turns the server red, which signs on, until it is another answer',
  async (code) => {
    const answer = { status: code };
    const { server, health, nominate } = await witnessedBy(answer);
    const { status, state } = await health(/^The witness has seen a ledger that this one does not extend$/);
    expect([status, state]).toEqual([503, 'ledger-fault']);
    answer.status = 404;
    await nominate('f-1');
    expect(await server.registry.ledger.reached(2, 30_000)).toBe(true);
    expect((await health(/does not know/)).status).toBe(200);
  },
);
