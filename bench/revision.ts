import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Checkout, here } from './processes.ts';

export type Revision = Checkout & { readonly remove: () => void };

const git = (...args: readonly string[]): string => execFileSync('git', args, { cwd: here.root, encoding: 'utf8' });

/** Checks a revision out into the temporary folder, with the packages of its lockfile. Throws if it does not exist. */
export const checkOut = (revision: string): Revision => {
  const commit = git('rev-parse', '--verify', `${revision}^{commit}`).trim();
  const root = join(mkdtempSync(join(tmpdir(), 'upgrade-registry-revision-')), commit.slice(0, 8));
  git('worktree', 'add', '--detach', root, commit);
  const remove = () => {
    rmSync(join(root, 'node_modules'), { recursive: true, force: true });
    git('worktree', 'remove', '--force', root);
  };
  try {
    if (packagesOf(root) === packagesOf(here.root))
      symlinkSync(join(here.root, 'node_modules'), join(root, 'node_modules'));
    else execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    return { root, remove };
  } catch (error) {
    remove();
    throw error;
  }
};

const packagesOf = (root: string): string => readFileSync(join(root, 'package-lock.json'), 'utf8');
