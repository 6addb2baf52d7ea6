import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Where the HTTP tests write down which operations of the OpenAPI document they have seen. */
process.env.SEEN_OPERATIONS ??= mkdtempSync(join(tmpdir(), 'upgrade-registry-operations-'));

/** Tests that start servers and kill them take longest; begun first, none of them is waited for alone. */
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
    include: ['test/**/*.test.ts'],
    sequence: { sequencer: SlowFirst },
    reporters: ['default', './test/run-reporter.ts'],
    // Most of the time goes to child processes; one worker alone would leave cores idle.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
