/** The version of docs/counting.md by which this release counts. */
export const countingRules = 1;
