import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { type Given, root, texts } from '../root.tsx';

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** A page that neither time changes, so the dials do not stand on it. */
    isTimeless?: boolean;
  }
}

/** What the trail can be filtered by, as the API calls it. */
const trailFilters = [
  'register',
  'key',
  'type',
  'by',
  'approvedBy',
  'import',
  'from',
  'to',
  'effectiveFrom',
  'effectiveTo',
  'q',
  'order',
] as const;

const timeless = { staticData: { isTimeless: true } };

/** What people work with, loaded when somebody goes there. */

const review = createRoute({
  getParentRoute: () => root,
  path: '/review',
  ...timeless,
  validateSearch: (given: Given) => texts(given, ['id', 'status', 'register', 'import', 'whose', 'order']),
  component: lazyRouteComponent(() => import('./review/ReviewPage.tsx'), 'ReviewPage'),
});

const importList = createRoute({
  getParentRoute: () => root,
  path: '/imports',
  ...timeless,
  component: lazyRouteComponent(() => import('./imports/ImportsPage.tsx'), 'ImportsPage'),
});

const importPage = createRoute({
  getParentRoute: () => root,
  path: '/imports/$id',
  ...timeless,
  component: lazyRouteComponent(() => import('./imports/ImportPage.tsx'), 'ImportPage'),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  ...timeless,
  validateSearch: (given: Given) => texts(given, trailFilters),
  component: lazyRouteComponent(() => import('./audit/AuditPage.tsx'), 'AuditPage'),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: '/audit/compare',
  ...timeless,
  // The first of the two views is that of all pages.
  validateSearch: (given: Given) => texts(given, ['otherOn', 'otherKnownAt', 'target', 'by']),
  component: lazyRouteComponent(() => import('./audit/ComparePage.tsx'), 'ComparePage'),
});

const replay = createRoute({
  getParentRoute: () => root,
  path: '/audit/replay/$target',
  ...timeless,
  validateSearch: (given: Given) => texts(given, ['step']),
  component: lazyRouteComponent(() => import('./audit/ReplayPage.tsx'), 'ReplayPage'),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  ...timeless,
  validateSearch: (given: Given) => texts(given, ['to']),
  component: lazyRouteComponent(() => import('./people/SignInPage.tsx'), 'SignInPage'),
});

const signUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up',
  ...timeless,
  component: lazyRouteComponent(() => import('./people/SignUpPage.tsx'), 'SignUpPage'),
});

const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  ...timeless,
  component: lazyRouteComponent(() => import('./people/AccountPage.tsx'), 'AccountPage'),
});

const accounts = createRoute({
  getParentRoute: () => root,
  path: '/admin/accounts',
  ...timeless,
  component: lazyRouteComponent(() => import('./people/AccountsPage.tsx'), 'AccountsPage'),
});

const plans = createRoute({
  getParentRoute: () => root,
  path: '/admin/plans',
  ...timeless,
  component: lazyRouteComponent(() => import('./record/PlansPage.tsx'), 'PlansPage'),
});

const record = createRoute({
  getParentRoute: () => root,
  path: '/record/$register/$command',
  ...timeless,
  validateSearch: (given: Given) => texts(given, ['key']),
  component: lazyRouteComponent(() => import('./record/RecordPage.tsx'), 'RecordPage'),
});

const command = createRoute({
  getParentRoute: () => root,
  path: '/registers/$register/$key/$command',
  ...timeless,
  validateSearch: (given: Given) => texts(given, ['event', 'target']),
  component: lazyRouteComponent(() => import('./record/CommandPage.tsx'), 'CommandPage'),
});

export const deskRoutes = [
  review,
  importList,
  importPage,
  audit,
  compare,
  replay,
  signIn,
  signUp,
  account,
  accounts,
  plans,
  record,
  command,
] as const;
