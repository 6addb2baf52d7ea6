import { organisationCheckCharacter, usccCheckCharacter } from '../../domain/identifiers.ts';

/** A Unified Social Credit Code that passes every check, another one for each number below 100,000,000. */
export const enterpriseCode = (number: number): string => {
  const eight = String(number).padStart(8, '0');
  const front = `91310000${eight}${organisationCheckCharacter(eight)}`;
  return `${front}${usccCheckCharacter(front)}`;
};
