import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

// Loaded before a program that is measured: writes its peak resident size, in bytes, to a file.
const { PEAK_FILE } = process.env;
if (isMainThread && PEAK_FILE !== undefined) {
  process.on('exit', () => writeFileSync(PEAK_FILE, String(process.resourceUsage().maxRSS * 1024)));
}
