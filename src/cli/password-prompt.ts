import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { Refusal } from './output.ts';

/**
 * Asks for a new password twice, without showing it. If stdin is no terminal, the first line of it is the password.
 * Throws a `Refusal` if the two differ, or there is none.
 */
export const newPassword = async (): Promise<string> => {
  if (!process.stdin.isTTY) {
    const [line = ''] = (await text(process.stdin)).split(/\r?\n/, 1);
    if (line === '') throw new Refusal('there is no password on stdin', true);
    return line;
  }
  const first = await hidden('New password: ');
  if ((await hidden('The same again: ')) !== first) throw new Refusal('the two passwords differ; nothing was changed');
  return first;
};

const hidden = (question: string): Promise<string> => {
  // Without an output, readline reads keys in raw mode and shows nothing.
  const lines = createInterface({ input: process.stdin, terminal: true });
  process.stderr.write(question);
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      process.stderr.write('\n');
      reject(new Refusal('nothing was changed'));
    });
  });
};
