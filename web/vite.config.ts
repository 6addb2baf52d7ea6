import { defineConfig } from 'vite';

/** The page: static files, whose addresses are relative so that they work under any base path. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  logLevel: 'warn',
  build: {
    target: 'es2023',
    assetsInlineLimit: 0, // the page's Content-Security-Policy takes no inline script
    modulePreload: { polyfill: false },
  },
});
