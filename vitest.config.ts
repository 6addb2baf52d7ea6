import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The folder in which the HTTP tests note the operations of the OpenAPI document that they call. */
process.env.SEEN_OPERATIONS ??= mkdtempSync(join(tmpdir(), 'upgrade-registry-operations-'));

const tests = 'test/**/*.test.ts';
/** How long somebody waits during an attack can be measured only if nothing else takes the machine's time. */
const measuring = 'test/hostile/*.test.ts';

/** Tests that start and kill servers take longest: they begin first, so that the run does not end waiting for one. */
const slow = /\/test\/(faults|nodes|cli|store)\//;

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification) => slow.test(moduleId);
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'beside each other', include: [tests], exclude: [...configDefaults.exclude, measuring] },
      },
      {
        extends: true,
        test: { name: 'alone', include: [measuring], fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
    sequence: { sequencer: SlowFirst },
    reporters: ['default', './test/run-reporter.ts'],
    // Child processes take most of the time; fewer workers would leave cores idle.
    maxWorkers: '100%',
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
