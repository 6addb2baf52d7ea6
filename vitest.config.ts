import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Where the HTTP tests write down which operations of the OpenAPI document they have seen. */
process.env.SEEN_OPERATIONS ??= mkdtempSync(join(tmpdir(), 'upgrade-registry-operations-'));

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/run-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
