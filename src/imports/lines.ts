import { createReadStream } from 'node:fs';

/**
 * The lines of a file of JSON lines, each of which a line feed ends; what follows the last one is still being written.
 * Not by node:readline, which takes U+2028 and U+2029 for ends of lines: JSON has them in texts as they are.
 */
export async function* linesOf(path: string): AsyncIterable<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, 'utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
