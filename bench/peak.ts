import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

// Loaded before a program that is measured: tells the largest resident size that its process came to, in bytes.
const { PEAK_FILE } = process.env;
if (isMainThread && PEAK_FILE !== undefined) {
  process.on('exit', () => writeFileSync(PEAK_FILE, String(process.resourceUsage().maxRSS * 1024)));
}
