import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { onTestFinished } from 'vitest';

/** A certificate of the tests, by its name in their folder. */
export const certificatePath = (name: string): string => `test/store/certificates/${name}`;

/** A TLS server on a free port in front of a server without TLS, until the test ends; gives its port. */
export const tlsFront = async (certificate: string, port: number): Promise<number> => {
  const [cert, key] = [certificate, 'store.key'].map((name) => readFileSync(certificatePath(name)));
  const sockets = new Set<Socket>();
  const front: Server = createServer({ cert, key, ALPNProtocols: ['h2'] }, (socket) => {
    const behind = connect(port, '127.0.0.1');
    for (const each of [socket, behind]) {
      sockets.add(each);
      each.on('error', () => {});
      each.on('close', () => sockets.delete(each));
    }
    behind.on('close', () => socket.destroy());
    socket.pipe(behind).pipe(socket);
  });
  front.on('tlsClientError', () => {});
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  onTestFinished(() => {
    front.close();
    for (const socket of sockets) socket.destroy();
  });
  return (front.address() as AddressInfo).port;
};
