import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A file that is removed when the test ends; without content, only a place for one. */
export const newFile = (content?: string | Uint8Array): string => {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-registry-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'file');
  if (content !== undefined) writeFileSync(path, content);
  return path;
};
