import './look/tokens.css';
import './look/base.css';
import './look/shapes.css';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiProblem, basePath } from './api.ts';
import { plansQuery, targetsQuery } from './queries.ts';
import { known } from './root.tsx';
import { router } from './router.tsx';

const mostRetries = 2;

const client = new QueryClient({
  queryCache: new QueryCache({
    // A session that has ended is no longer shown as one.
    onError: (error) => {
      if (error instanceof ApiProblem && error.code === 'unauthorized')
        void client.invalidateQueries({ queryKey: ['/session'] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 60_000, // live messages say when something is new
      refetchOnWindowFocus: false,
      // A refusal stays one; what could not be reached, or was too busy, may come back.
      retry: (times, error) => times < mostRetries && (!(error instanceof ApiProblem) || error.status >= 500),
    },
  },
});

// The plan's page is what most people open: what it reads is asked for before it is first drawn, which takes a while.
if (location.pathname === basePath) {
  const { lang = 'zh', on, knownAt } = known(Object.fromEntries(new URLSearchParams(location.search)));
  void client.prefetchQuery(plansQuery(lang, { on, knownAt }));
  void client.prefetchQuery(targetsQuery(lang, { on, knownAt }));
}

const page = document.getElementById('page');
if (page !== null)
  createRoot(page).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
