import type { BundleFault } from './faults.ts';

type Gap = { from: number; to: number };

/** Watches that entry numbers follow one another, and tells missing, swapped and inserted events apart. */
export const watchOrder = (report: (fault: BundleFault) => void) => {
  const gaps: Gap[] = [];
  let expected = 0;
  let isSound = true;

  /** An event with an earlier number than expected: late, if it is missing so far, and otherwise one too many. */
  const late = (entryNumber: number): void => {
    const place = gaps.findIndex(({ from, to }) => from <= entryNumber && entryNumber <= to);
    const gap = gaps[place];
    report({ fault: gap === undefined ? 'inserted-event' : 'swapped-event', entryNumber });
    if (gap === undefined) return;
    const parts = [
      { from: gap.from, to: entryNumber - 1 },
      { from: entryNumber + 1, to: gap.to },
    ];
    gaps.splice(place, 1, ...parts.filter(({ from, to }) => from <= to));
  };

  return {
    see: (entryNumber: number): void => {
      if (entryNumber === expected) {
        expected += 1;
        return;
      }
      isSound = false;
      if (entryNumber < expected) late(entryNumber);
      else {
        gaps.push({ from: expected, to: entryNumber - 1 });
        expected = entryNumber + 1;
      }
    },
    /** Reports what is missing; whether every event up to a size is there, in its place, and no other. */
    end: (size: number): boolean => {
      for (const { from, to } of gaps) report({ fault: 'missing-events', from, to });
      if (expected < size) report({ fault: 'tail-cut', size: expected, expected: size });
      if (expected > size) report({ fault: 'events-beyond', size: expected, expected: size });
      return isSound && expected === size;
    },
  };
};
