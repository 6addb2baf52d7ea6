import { organisationCheckCharacter, usccCheckCharacter } from '../../domain/identifiers.ts';

/** A Unified Social Credit Code that passes every check; each number below 100,000,000 gives another one. */
export const enterpriseCode = (number: number): string => {
  const eight = String(number).padStart(8, '0');
  const front = `91310000${eight}${organisationCheckCharacter(eight)}`;
  return `${front}${usccCheckCharacter(front)}`;
};
