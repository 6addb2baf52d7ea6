import { createRoute, createRouter, Navigate } from '@tanstack/react-router';
import { basePath } from './api.ts';
import { deskRoutes } from './desk/routes.ts';
import { EntryPage } from './pages/EntryPage.tsx';
import { PlanPage } from './pages/PlanPage.tsx';
import { RegisterPage } from './pages/RegisterPage.tsx';
import { SearchPage } from './pages/SearchPage.tsx';
import { TargetPage } from './pages/TargetPage.tsx';
import { type Given, root, texts } from './root.tsx';

type PlanSearch = {
  target?: string | undefined;
  plan?: string | undefined;
  view?: 'table' | undefined;
  wall?: 'on' | undefined;
  cycle?: string | undefined;
};

const plan = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: ({ wall, view, ...given }: Given): PlanSearch => ({
    ...texts(given, ['target', 'plan', 'cycle']),
    // `?wall` alone is enough; a value keeps it in the address.
    ...(wall === undefined ? {} : { wall: 'on' }),
    ...(view === 'table' ? { view } : {}),
  }),
  component: PlanPage,
});

const target = createRoute({
  getParentRoute: () => root,
  path: '/targets/$id',
  validateSearch: ({ view, ...given }: Given): { view?: 'table' | undefined; since?: string | undefined } => ({
    ...texts(given, ['since']),
    ...(view === 'table' ? { view } : {}),
  }),
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
  routeTree: root.addChildren([plan, target, registers, register, entry, search, ...deskRoutes]),
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
