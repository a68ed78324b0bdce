/**
 * Measures how much the library adds to a page: `npm run size`. Bundles each entry point for browsers as an application
 * would, minifies and compresses it, and does the same with opentelemetry-js. `@opentelemetry/api` is excluded from
 * both, because applications bundle it only once. Prints one JSON line per bundle: `{ name, gzipBytes,
 * opentelemetryJsGzipBytes }`.
 */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..', '..');

const ENTRIES: readonly { readonly name: string; readonly ours: string; readonly theirs: string | undefined }[] = [
  {
    name: 'light SDK, traces over HTTP with retries and gzip',
    ours: `import { createBasicClient, gzip, retries, TracerProvider } from '@otelier/sdk';
      const client = createBasicClient({ endpoint: 'https://example.com', retry: retries(), compression: gzip });
      globalThis.provider = new TracerProvider({ client });`,
    theirs: `import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
      import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
      const exporter = new OTLPTraceExporter({ url: 'https://example.com/v1/traces' });
      globalThis.provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });`,
  },
  {
    name: 'the whole client, traces over HTTP',
    ours: `import { createClient, TracerProvider } from '@otelier/sdk';
      globalThis.provider = new TracerProvider({ client: createClient({ endpoint: 'https://example.com' }) });`,
    theirs: `import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
      import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
      const exporter = new OTLPTraceExporter({ url: 'https://example.com/v1/traces' });
      globalThis.provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });`,
  },
  {
    name: 'light SDK alone, traces over HTTP',
    ours: `import { createBasicClient, TracerProvider } from '@otelier/sdk';
      globalThis.provider = new TracerProvider({ client: createBasicClient({ endpoint: 'https://example.com' }) });`,
    theirs: `import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
      import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
      const exporter = new OTLPTraceExporter({ url: 'https://example.com/v1/traces' });
      globalThis.provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });`,
  },
  {
    name: 'page SDK, traces of fetch and page load over HTTP',
    ours: `import { createBasicClient, instrumentPageFetch, instrumentPageLoad, TracerProvider } from '@otelier/sdk/browser';
      const tracerProvider = new TracerProvider({ client: createBasicClient({ endpoint: 'https://example.com' }) });
      instrumentPageFetch({ tracerProvider });
      instrumentPageLoad({ tracerProvider });`,
    theirs: undefined,
  },
  {
    name: 'page SDK with XHR, interactions, web vitals and sessions',
    ours: `import { startPage } from '@otelier/sdk/browser';
      globalThis.page = startPage({ endpoint: 'https://example.com' });`,
    theirs: undefined,
  },
  {
    name: 'exporter alone, traces over HTTP',
    ours: `import { OtlpTraceExporter } from '@otelier/sdk';
      globalThis.exporter = new OtlpTraceExporter({ url: 'https://example.com/v1/traces' });`,
    theirs: `import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
      globalThis.exporter = new OTLPTraceExporter({ url: 'https://example.com/v1/traces' });`,
  },
];

for (const { name, ours, theirs } of ENTRIES) {
  const sizes = {
    gzipBytes: await gzipBytesOf(ours),
    // It has no package that does the same.
    ...(theirs !== undefined && { opentelemetryJsGzipBytes: await gzipBytesOf(theirs) }),
  };
  process.stdout.write(`${JSON.stringify({ name, ...sizes })}\n`);
}

/** Returns the compressed size of the code that a page loads immediately, excluding chunks loaded on demand. */
async function gzipBytesOf(source: string): Promise<number> {
  const build = await rolldown({
    input: 'entry',
    platform: 'browser',
    external: ['@opentelemetry/api'],
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'entry' ? join(root, 'entry.js') : undefined),
        load: (id) => (id === join(root, 'entry.js') ? source : undefined),
      },
    ],
  });
  const { output } = await build.generate({ format: 'esm', minify: true });
  await build.close();
  const [entry] = output;
  return gzipSync(entry.code, { level: 9 }).length;
}
