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
  // The bundler puts what is rarely needed (OTLP/JSON) into a file of its own, which the page loads only then.
  output: { dir: process.argv[2] ?? join(directory, 'dist'), format: 'esm', minify: true },
});
