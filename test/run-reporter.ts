import { globSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a run with one plain line that any build service can read, `N passed, N failed`, after a line for each test that
 * was skipped with a reason. If all HTTP tests ran, an operation of the OpenAPI document that none of them called fails
 * the run.
 */
export default class RunReporter implements Reporter {
  readonly #folder = process.env.SEEN_OPERATIONS;

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((each) => each.result().state === state).length;
    const broken = modules.filter((module) => module.state() === 'failed' && module.errors().length > 0).length;
    const unseen = this.#unseenOperations(modules);
    for (const operation of unseen) process.stdout.write(`no test has called ${operation}\n`);
    if (unseen.length > 0) process.exitCode = 1;
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    const failed = count('failed') + broken + errors.length + unseen.length;
    const skipped = count('skipped');
    for (const each of tests) {
      const result = each.result();
      if (result.state === 'skipped' && result.note !== undefined)
        process.stdout.write(`skipped: ${each.fullName}: ${result.note}\n`);
    }
    process.stdout.write(`\n${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  }

  #unseenOperations(modules: readonly TestModule[]): readonly string[] {
    const ran = new Set(modules.map(({ moduleId }) => moduleId));
    if (!globSync('test/http/*.test.ts').every((file) => ran.has(resolve(file)))) return [];
    const folder = this.#folder;
    if (folder === undefined) throw new Error('vitest.config.ts sets SEEN_OPERATIONS');
    const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
    const named = (mark: string) =>
      new Set(lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length)));
    const seen = named('seen ');
    return [...named('documented ')].filter((operation) => !seen.has(operation));
  }
}
