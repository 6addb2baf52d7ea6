import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { build, type Plugin, type UserConfig } from 'vite';

/** What verifying takes of Node beside its two ports: buffers, which the package of that name has for browsers. */
export const withBuffer = {
  transform: { inject: { Buffer: ['buffer/index.js', 'Buffer'] as [string, string] } },
};

/** Adds `verify.html` to a build: one file that checks a folder for auditors in a browser, and asks no network. */
export const verifierFile = (shared: UserConfig): Plugin => ({
  name: 'verifier-file',
  apply: 'build',
  async generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'verify.html', source: await madeOf(shared) });
  },
});

const madeOf = async (shared: UserConfig): Promise<string> => {
  const outputs = [
    await build({
      ...shared,
      configFile: false,
      build: {
        ...shared.build,
        write: false,
        cssCodeSplit: false,
        rolldownOptions: {
          ...shared.build?.rolldownOptions,
          input: join(import.meta.dirname, 'main.tsx'),
          output: { format: 'iife' },
        },
      },
    }),
  ].flat();
  const made = outputs.flatMap((each) => ('output' in each ? each.output : []));
  const script = made.flatMap((each) => (each.type === 'chunk' ? each.code : [])).join('\n');
  const style = made
    .flatMap((each) => (each.type === 'asset' && each.fileName.endsWith('.css') ? String(each.source) : []))
    .join('\n');
  return document(script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--'), style);
};

const sourceOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The policy lets run what is in the file and nothing else, and no request at all. */
const document = (script: string, style: string): string => {
  const policy = `default-src 'none'; script-src ${sourceOf(script)}; style-src ${sourceOf(style)}; worker-src blob:; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>verify.html</title>
<style>${style}</style>
</head>
<body>
<noscript>核对需要启用 JavaScript。 Verifying needs JavaScript.</noscript>
<div id="page"></div>
<script>${script}</script>
</body>
</html>
`;
};
