/**
 * Concurrency: every worker thread has a client of its own, and their spans are one trace.
 *
 *     node examples/worker-threads.ts
 */
import { once } from 'node:events';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { context, type SpanContext, trace } from '@opentelemetry/api';
import { createClient, TracerProvider } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';
const provider = new TracerProvider({
  client: createClient({ endpoint, resource: { 'service.name': 'example-worker-threads' } }),
});
const tracer = provider.getTracer('shop');

if (isMainThread) {
  const span = tracer.startSpan('resize images');
  // Nothing is shared with a worker; it is told where in the trace it works.
  const workers = [0, 1].map(
    (part) => new Worker(new URL(import.meta.url), { workerData: { part, parent: span.spanContext() } }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  span.end();
} else {
  const { part, parent } = workerData as { readonly part: number; readonly parent: SpanContext };
  const around = trace.setSpanContext(context.active(), parent);
  for (let i = 0; i < 50; i++) tracer.startSpan('resize', { attributes: { part, i } }, around).end();
}

await provider.shutdown();
