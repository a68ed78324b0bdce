/**
 * Bundles the page with the library into `dist/page.js`.
 *
 *     node examples/browser/build.ts
 */
import { join } from 'node:path';
import { build } from 'rolldown';

const directory = import.meta.dirname;
await build({
  input: join(directory, 'page.ts'),
  platform: 'browser',
  // The bundler moves rarely used code (OTLP/JSON) to a separate chunk that the page loads on demand.
  output: { dir: process.argv[2] ?? join(directory, 'dist'), format: 'esm', minify: true },
});
