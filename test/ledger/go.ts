import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

/** Verifiers that nobody here wrote: Go’s sumdb/note and sumdb/tlog, as Debian packages them. */

const packages = '/usr/share/gocode';
const source = join(import.meta.dirname, 'go', 'verify.go');
const isInstalled =
  existsSync(join(packages, 'src/golang.org/x/mod/sumdb/tlog')) && spawnSync('go', ['version']).status === 0;

/** Skips a test loudly on a machine without Go; the build service must have it. */
export const needsGo = ({ skip }: Pick<TestContext, 'skip'>): void => {
  if (!isInstalled && process.env.CI !== undefined) throw new Error('no Go is installed');
  if (!isInstalled) skip('no Go is installed (apt-get install golang-go golang-golang-x-mod-dev)');
};

/** The program, compiled once for this source. */
const compiled = (): string => {
  const program = join(tmpdir(), `registry-verify-${hash('sha256', readFileSync(source)).slice(0, 16)}`);
  if (existsSync(program)) return program;
  const ours = `${program}.${process.pid}`;
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: packages, GOFLAGS: '' };
  const { status, stderr } = spawnSync('go', ['build', '-o', ours, source], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`Go does not compile the verifier: ${stderr}`);
  renameSync(ours, program);
  return program;
};

/** What Go makes of it: what the verifier prints, or why it refuses. */
export const goVerifies = (
  args: readonly string[],
  input: Uint8Array,
): { readonly said: string } | { readonly refused: string } => {
  const { status, stdout, stderr, error } = spawnSync(compiled(), args, { input, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return status === 0 ? { said: stdout } : { refused: stderr.trim() };
};
