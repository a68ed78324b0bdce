import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Modules that several views need, but the first view does not. */
const LISTS =
  /@tanstack[\\/](?:virtual-core|react-virtual)|src[\\/]parts[\\/](?:condition-bar|attribute-list|columns|saved|sealed|edit-token)|src[\\/]time[\\/]shift|src[\\/]data[\\/](?:pipeline[\\/]profile|use-suggestions|search-text|record-key|use-held)|src[\\/]parts[\\/]severity|src[\\/]views[\\/](?:traces|map[\\/](?!graph\.)|query|logs|pipeline|health|boards[\\/](?!pin[\\/]pin-button)|.*\.css$)|src[\\/]data[\\/]attribute-groups|src[\\/]views[\\/]metrics[\\/]aggregates|src[\\/](?:series|query|editor)[\\/]|node_modules[\\/]uplot|src[\\/]charts[\\/](?:lines|flame|cursor[\\/]cursor-dots)/;

/** Modules of the code editors, which are loaded with the first one. */
const CODE =
  /node_modules[\\/](?:@codemirror|@lezer|@marijn|style-mod|crelt|w3c-keyname)|src[\\/]editor[\\/](?:editor-theme|completion-icons)/;

/**
 * Builds hashed files into `dist` without inlining, because the gateway serves them with a strict Content Security
 * Policy.
 */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), configurationSchema(), precompress()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        // Modules shared by several views are combined into a few files. Otherwise, the first view would load twenty
        // small ones.
        codeSplitting: {
          groups: [
            {
              name: 'react',
              test: /node_modules[\\/](?:react|react-dom|scheduler)[\\/]|rolldown[\\/]runtime/,
              priority: 2,
            },
            // Both editors need it, and nothing else.
            { name: 'code', test: CODE, priority: 3 },
            { name: 'shared', minShareCount: 2, test: (id) => !LISTS.test(id), priority: 1 },
            { name: 'lists', minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': process.env['OTELIER_URL'] ?? 'http://127.0.0.1:4319' } },
});

/** Writes Brotli and gzip copies of each file that compression makes smaller. The gateway serves these copies. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    enforce: 'post',
    writeBundle({ dir = 'dist' }, bundle) {
      for (const name of [...Object.keys(bundle), ...PUBLIC_FILES]) {
        if (!COMPRESSIBLE.test(name)) continue;
        const path = join(dir, name);
        const content = readFileSync(path);
        const brotli = brotliCompressSync(content, {
          params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
        });
        const gzip = gzipSync(content, { level: 9 });
        if (brotli.length < content.length) writeFileSync(`${path}.br`, brotli);
        if (gzip.length < content.length) writeFileSync(`${path}.gz`, gzip);
      }
    },
  };
}

/** Adds the schema of the configuration, from which the editor of the pipeline completes. */
function configurationSchema(): Plugin {
  const path = join(import.meta.dirname, '../../docs/reference/otelier.schema.json');
  return {
    name: 'configuration-schema',
    apply: 'build',
    generateBundle() {
      const source = JSON.stringify(JSON.parse(readFileSync(path, 'utf8')));
      this.emitFile({ type: 'asset', fileName: 'configuration.schema.json', source });
    },
  };
}

/** Files of `public`, which are not part of the bundle. */
const PUBLIC_FILES = ['icon.svg', 'sign-in.css', 'theme.js'];
const COMPRESSIBLE = /\.(?:html|js|css|svg|json)$/;
