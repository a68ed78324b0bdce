/**
 * Worker threads: each worker uses its own client or shares the main thread's client. All spans form one trace.
 *     node examples/worker-threads.ts
 */
import { once } from 'node:events';
import { isMainThread, MessageChannel, type MessagePort, Worker, workerData } from 'node:worker_threads';
import { context, type SpanContext, trace } from '@opentelemetry/api';
import { createClient, remoteClient, serveClient, TracerProvider } from '@otelier/sdk';

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? 'http://127.0.0.1:4318';
const resource = { 'service.name': 'example-worker-threads' };

/** The data passed to a worker: the parent of its spans, because threads do not share context. */
interface Work {
  readonly parent: SpanContext;
  /** Connects the worker to the main thread's client. */
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
  // With a port, this thread encodes the spans and the main thread queues and sends them, over shared connections.
  const client = port === undefined ? createClient({ endpoint, resource }) : remoteClient(port, { resource });
  const provider = new TracerProvider({ client });
  const tracer = provider.getTracer('shop');
  const parentContext = trace.setSpanContext(context.active(), parent);
  const attributes = { client: port === undefined ? 'own' : 'shared' };
  for (let i = 0; i < 50; i++) tracer.startSpan('resize', { attributes }, parentContext).end();
  await provider.shutdown();
}
