import { sha256 } from '#hashing';

/** Where events are in a file, and which of them may be of one stream: 16 bytes an event, so that a million are few. */
export type Places = {
  readonly size: () => number;
  /** Lines that may be of one stream, in their order; those of all plans come first. */
  readonly groups: () => Generator<{ readonly lines: readonly number[]; readonly isOfPlan: boolean }>;
  readonly placeOf: (line: number) => { readonly at: number; readonly length: number };
};

export type GrowingPlaces = Places & {
  /** Adds the next line, of so many bytes without its line feed. */
  readonly add: (stream: string, isOfPlan: boolean, length: number) => void;
};

const doubled = (array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> => {
  const larger = new Float64Array(2 * array.length);
  larger.set(array);
  return larger;
};

/** 48 bits of a hash as a number: from 1 on or, for a plan, from −1 down. Two streams hardly ever have the same. */
const marked = (stream: string, isOfPlan: boolean): number => {
  const number = 1 + sha256(stream).readUIntBE(0, 6);
  return isOfPlan ? -number : number;
};

export const noPlaces = (): GrowingPlaces => {
  /** Where each line begins, and where the next one will; and the mark of each line’s stream. */
  let starts = new Float64Array(1_024);
  let marks = new Float64Array(1_024);
  let size = 0;
  const markOf = (line: number): number => marks[line] ?? 0;
  return {
    size: () => size,
    *groups() {
      const sorted = Uint32Array.from({ length: size }, (_, line) => line);
      sorted.sort((a, b) => markOf(a) - markOf(b) || a - b);
      for (let from = 0; from < size; ) {
        const mark = markOf(sorted[from] ?? 0);
        let to = from + 1;
        while (to < size && markOf(sorted[to] ?? 0) === mark) to += 1;
        yield { lines: [...sorted.subarray(from, to)], isOfPlan: mark < 0 };
        from = to;
      }
    },
    placeOf: (line) => {
      const [at = 0, next = 0] = [starts[line], starts[line + 1]];
      return { at, length: next - at - 1 };
    },
    add: (stream, isOfPlan, length) => {
      if (size + 1 >= starts.length) [starts, marks] = [doubled(starts), doubled(marks)];
      starts[size + 1] = (starts[size] ?? 0) + length + 1;
      marks[size] = marked(stream, isOfPlan);
      size += 1;
    },
  };
};
