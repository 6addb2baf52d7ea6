import type { PlacedFaults } from './body.ts';

/** What is wrong at a pointer; nothing if it is not to be shown. */
export type FaultText = (pointer: string) => string | undefined;

/** The faults of a pointer as one text. */
export const faultTexts =
  (at: PlacedFaults['at'], language: 'zh' | 'en'): FaultText =>
  (pointer) =>
    at.get(pointer)?.join(language === 'zh' ? '；' : '; ');
