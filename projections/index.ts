import { counts } from './counts.ts';
import { entries } from './entries.ts';
import type { Projection } from './projection.ts';
import { submissions } from './submissions.ts';
import { titles } from './titles.ts';
import { trail } from './trail.ts';

/** All projections, in the order in which they fold an event. */
export const projections: readonly Projection[] = [titles, trail, counts, entries, submissions];
