/** How long one target stands on the wall. */
const [shortest, longest] = [5, 3_600];

/** The seconds that an address asks for, within what can be read; undefined for no slideshow. */
export const cycleSeconds = (text: string | undefined): number | undefined =>
  text === undefined || !/^\d{1,9}$/.test(text) ? undefined : Math.min(longest, Math.max(shortest, Number(text)));

/** A place in a circle of so many, some steps on. */
export const placeIn = (index: number, all: number): number => (all === 0 ? 0 : ((index % all) + all) % all);
