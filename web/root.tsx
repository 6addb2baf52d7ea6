import { createRootRoute } from '@tanstack/react-router';
import { PageLink } from './parts/PageLink.tsx';
import { Shell } from './parts/Shell.tsx';
import { Empty } from './parts/State.tsx';
import { parseDay } from './times.ts';
import { type Language, useSpoken } from './words/words.ts';

/** What every address of the page may carry. */
type Known = { on?: string | undefined; knownAt?: string | undefined; lang?: Language | undefined };

export type Given = Readonly<Record<string, unknown>>;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;

/** Only what the page knows is kept: the API refuses parameters that it does not know. */
export const known = ({ on, knownAt, lang }: Given): Known => {
  const day = parseDay(text(on) ?? '');
  const asKnown = text(knownAt);
  return {
    ...(day === undefined ? {} : { on: day }),
    ...(asKnown !== undefined && isKnownAt(asKnown) ? { knownAt: asKnown } : {}),
    lang: lang === 'en' || lang === 'zh' ? lang : preferred,
  };
};

const isKnownAt = (value: string): boolean =>
  /^\d{1,15}$/.test(value) || (/^\d{4}-\d{2}-\d{2}T/.test(value) && !Number.isNaN(Date.parse(value)));

const preferred: Language = navigator.languages.find((each) => /^(zh|en)\b/.test(each))?.startsWith('en') ? 'en' : 'zh';

/** The text parameters that a page knows; what else an address carries is dropped. */
export const texts = <const Names extends readonly string[]>(given: Given, names: Names) =>
  Object.fromEntries(names.flatMap((name) => (text(given[name]) === undefined ? [] : [[name, text(given[name])]]))) as {
    [Name in Names[number]]?: string | undefined;
  };

export const root = createRootRoute({
  validateSearch: known,
  component: Shell,
  notFoundComponent: () => <NotFound />,
});

const NotFound = () => {
  const { words } = useSpoken();
  return (
    <Empty title={words.fault.notFound}>
      <p>{words.fault.notFoundHint}</p>
      <PageLink to="/">{words.fault.home}</PageLink>
    </Empty>
  );
};
