import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { verifierFile, withBuffer } from './verifying/one-file.ts';

const foreign = /[\\/]react-(aria|stately|aria-components)[\\/].*[\\/](?!zh-CN|en-US)[a-z]{2}-[A-Z]{2}\.m?js$/;

/** Leaves out what React Aria says in languages that the page does not speak. */
const ownLanguages: Plugin = {
  name: 'own-languages',
  enforce: 'pre',
  load: { filter: { id: foreign }, handler: () => 'export default {};' },
};

/** What the page and the verifier file have in common. */
const shared: UserConfig = {
  root: import.meta.dirname,
  base: './',
  logLevel: 'warn',
  worker: { format: 'iife', rolldownOptions: withBuffer },
  build: {
    target: 'es2023',
    assetsInlineLimit: 0, // the page's Content-Security-Policy takes no inline script
    modulePreload: { polyfill: false },
    // "use client" in libraries means nothing here
    rolldownOptions: { checks: { moduleLevelDirective: false }, ...withBuffer },
  },
};

/** The page: static files, whose addresses are relative so that they work under any base path. */
export default defineConfig({ ...shared, plugins: [ownLanguages, verifierFile(shared)] });
