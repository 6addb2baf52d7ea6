import { connect } from 'node:net';
import { addDays } from '../../domain/calendar.ts';

/**
 * Sends a GET on each of so many connections at once, reads all answers and prints how many had each status. `{day}` in
 * the path is another day for each connection. A process of its own, so that it takes no time from who measures.
 */

const [url = '', count = '', path = ''] = process.argv.slice(2);
const { hostname, port } = new URL(url);

const statusOf = (number: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let status = 'none';
    socket.on('data', (bytes: Buffer) => {
      if (status === 'none') status = bytes.toString('latin1', 9, 12);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(status));
    const asked = path.replace('{day}', addDays('2020-03-01', number));
    socket.write(`GET ${asked} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  });

const statuses = await Promise.all(Array.from({ length: Number(count) }, (_, number) => statusOf(number)));
const counts: Record<string, number> = {};
for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
process.stdout.write(JSON.stringify(counts));
