import './look/tokens.css';
import './look/base.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiProblem } from './api.ts';
import { router } from './router.tsx';

const mostRetries = 2;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000, // live messages say when something is new
      refetchOnWindowFocus: false,
      // A refusal stays one; what could not be reached, or was too busy, may come back.
      retry: (times, error) => times < mostRetries && (!(error instanceof ApiProblem) || error.status >= 500),
    },
  },
});

const page = document.getElementById('page');
if (page !== null)
  createRoot(page).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
