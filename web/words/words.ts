import { createContext, useContext } from 'react';
import { en } from './en.ts';
import { zh } from './zh.ts';

export type Words = typeof zh;
export type Language = 'zh' | 'en';

export const dictionaries: Readonly<Record<Language, Words>> = { zh, en };

export const LanguageContext = createContext<Language>('zh');

export type Spoken = {
  readonly language: Language;
  readonly words: Words;
  /** The words of a part of the page that keeps its own, so that they are loaded with it. */
  readonly said: <Own>(dictionary: Readonly<Record<Language, Own>>) => Own;
  /** A title that the API gives in both languages. */
  readonly titled: (title: Readonly<Record<Language, string>>) => string;
  readonly number: (value: number) => string;
};

/** Whole, with commas between thousands, as both languages write it. The first `Intl.NumberFormat` would take 40 ms. */
const grouped = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');

/** How the page speaks, in the language of its address. */
export const useSpoken = (): Spoken => {
  const language = useContext(LanguageContext);
  return {
    language,
    words: dictionaries[language],
    said: (dictionary) => dictionary[language],
    titled: (title) => title[language],
    number: grouped,
  };
};
