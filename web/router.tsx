import { createRootRoute, createRoute, createRouter, Navigate } from '@tanstack/react-router';
import { basePath } from './api.ts';
import { EntryPage } from './pages/EntryPage.tsx';
import { PlanPage } from './pages/PlanPage.tsx';
import { RegisterPage } from './pages/RegisterPage.tsx';
import { SearchPage } from './pages/SearchPage.tsx';
import { TargetPage } from './pages/TargetPage.tsx';
import { PageLink } from './parts/PageLink.tsx';
import { Shell } from './parts/Shell.tsx';
import { Empty } from './parts/State.tsx';
import { parseDay } from './times.ts';
import { type Language, useSpoken } from './words/words.ts';

/** What every address of the page may carry. */
type Known = { on?: string | undefined; knownAt?: string | undefined; lang?: Language | undefined };

type Given = Readonly<Record<string, unknown>>;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;

/** Only what the page knows is kept: the API refuses parameters that it does not know. */
const known = ({ on, knownAt, lang }: Given): Known => {
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

const texts = <const Names extends readonly string[]>(given: Given, names: Names) =>
  Object.fromEntries(names.flatMap((name) => (text(given[name]) === undefined ? [] : [[name, text(given[name])]]))) as {
    [Name in Names[number]]?: string | undefined;
  };

const root = createRootRoute({
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

const plan = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: (given: Given) => texts(given, ['target', 'plan']),
  component: PlanPage,
});

const target = createRoute({
  getParentRoute: () => root,
  path: '/targets/$id',
  validateSearch: ({ view }: Given): { view?: 'table' | undefined } => (view === 'table' ? { view } : {}),
  component: TargetPage,
});

const registers = createRoute({
  getParentRoute: () => root,
  path: '/registers',
  component: () => (
    <Navigate to="/registers/$register" params={{ register: 'enterprises' }} search={(all) => all} replace />
  ),
});

const register = createRoute({
  getParentRoute: () => root,
  path: '/registers/$register',
  validateSearch: (given: Given) =>
    texts(given, ['q', 'status', 'sector', 'district', 'area', 'enterprise', 'flag', 'sort']),
  component: RegisterPage,
});

const entry = createRoute({ getParentRoute: () => root, path: '/registers/$register/$key', component: EntryPage });

const search = createRoute({
  getParentRoute: () => root,
  path: '/search',
  validateSearch: (given: Given) => texts(given, ['q']),
  component: SearchPage,
});

export const router = createRouter({
  routeTree: root.addChildren([plan, target, registers, register, entry, search]),
  basepath: basePath,
  // Values stay as they are written: a key such as 688001 is a text.
  parseSearch: (given) => Object.fromEntries(new URLSearchParams(given)),
  stringifySearch: (asked) => {
    const values = Object.entries(asked).filter(([, value]) => value !== undefined && value !== '');
    const query = new URLSearchParams(values.map(([name, value]) => [name, String(value)])).toString();
    return query === '' ? '' : `?${query}`;
  },
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
