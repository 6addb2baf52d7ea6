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
  /** A title that the API gives in both languages. */
  readonly titled: (title: Readonly<Record<Language, string>>) => string;
  readonly number: (value: number) => string;
};

const numbers: Readonly<Record<Language, Intl.NumberFormat>> = {
  zh: new Intl.NumberFormat('zh-CN', { maximumFractionDigits: 0 }),
  en: new Intl.NumberFormat('en', { maximumFractionDigits: 0 }),
};

/** How the page speaks, in the language of its address. */
export const useSpoken = (): Spoken => {
  const language = useContext(LanguageContext);
  return {
    language,
    words: dictionaries[language],
    titled: (title) => title[language],
    number: (value) => numbers[language].format(value),
  };
};
