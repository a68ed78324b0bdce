/**
 * Concurrency: worker threads with a client of their own, or with the one of the main thread; their spans are one trace.
 *
 *     node examples/worker-threads.ts
 */
import { once } from 'node:events';
import { isMainThread, MessageChannel, type MessagePort, Worker, workerData } from 'node:worker_threads';
import { context, type SpanContext, trace } from '@opentelemetry/api';
import { createClient, remoteClient, serveClient, TracerProvider } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';
const resource = { 'service.name': 'example-worker-threads' };

/** What a worker is told: nothing is shared with it, so it has to know where in the trace it works. */
interface Work {
  readonly parent: SpanContext;
  /** Leads to the client of the main thread. */
  readonly port?: MessagePort;
}

if (isMainThread) {
  const client = createClient({ endpoint, resource });
  const provider = new TracerProvider({ client });
  const span = provider.getTracer('shop').startSpan('resize images');
  const parent = span.spanContext();
  const start = (work: Work) =>
    new Worker(new URL(import.meta.url), {
      workerData: work,
      transferList: work.port === undefined ? [] : [work.port],
    });

  const { port1, port2 } = new MessageChannel();
  serveClient(client, port1);
  const workers = [start({ parent }), start({ parent, port: port2 })];
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  span.end();
  await provider.shutdown();
} else {
  const { parent, port } = workerData as Work;
  // With a port, this thread encodes, and the main thread queues and sends: one queue, and one set of connections.
  const client = port === undefined ? createClient({ endpoint, resource }) : remoteClient(port, { resource });
  const provider = new TracerProvider({ client });
  const tracer = provider.getTracer('shop');
  const around = trace.setSpanContext(context.active(), parent);
  const attributes = { client: port === undefined ? 'own' : 'shared' };
  for (let i = 0; i < 50; i++) tracer.startSpan('resize', { attributes }, around).end();
  await provider.shutdown();
}
