import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A real Chromium, as Debian or a user installs it; undefined on a machine without one. */
export const chromiumPath: string | undefined = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => names.map((name) => join(folder, name)))
  .find((file) => existsSync(file));

/** What Chromium is started with: a container has no sandbox of its own for it, and little shared memory. */
export const chromiumArgs: readonly string[] = ['--no-sandbox', '--disable-dev-shm-usage'];
