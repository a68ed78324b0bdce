// Sends a known set of spans, log records and metrics with the light SDK of this repository, on any runtime, and prints
// what it sent, one JSON per line. Environment: INTEROP_PROTOCOL (grpc, http/protobuf or http/json), INTEROP_ENDPOINT
// (URL), INTEROP_SERVICE, INTEROP_COUNT; INTEROP_ENTRY (path of the entry point; default: that of the runtime),
// INTEROP_BUFFER (directory of a disk buffer; default: none).
import process from 'node:process';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

const { INTEROP_ENTRY: door = '@otelier/sdk', INTEROP_BUFFER: directory } = process.env;
const { createClient, LoggerProvider, log, MeterProvider, openDiskBuffer, span, TracerProvider } = await import(door);
const count = Number(process.env.INTEROP_COUNT);
const client = createClient({
  endpoint: process.env.INTEROP_ENDPOINT,
  protocol: process.env.INTEROP_PROTOCOL,
  compression: 'gzip',
  resource: { 'service.name': process.env.INTEROP_SERVICE },
  ...(directory ? { buffer: await openDiskBuffer({ directory }) } : {}),
});
const tracers = new TracerProvider({ client });
const loggers = new LoggerProvider({ client });
const meters = new MeterProvider({ client });
const tracer = tracers.getTracer('interop');
const logger = loggers.getLogger('interop');
const counter = meters.getMeter('interop').createCounter('interop.counter', { unit: '{thing}' });
const histogram = meters.getMeter('interop').createHistogram('interop.histogram', { unit: 'ms' });
const tell = (sent) => console.log(JSON.stringify(sent));

const attributesOf = (i) => ({ i, ratio: i / 7, flag: i % 2 === 0, text: `grün ✓ ${i}`, list: ['a', String(i)] });

for (let i = 0; i < count; i++) {
  const span = tracer.startSpan(`op-${i}`, { kind: SpanKind.SERVER, attributes: attributesOf(i) });
  if (i % 10 === 0) {
    span.addEvent('checkpoint', { at: i });
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'every tenth fails' });
  }
  logger.emit({ severityNumber: 13, body: `line-${i}`, context: trace.setSpan(ROOT_CONTEXT, span) });
  const parity = { parity: i % 2 === 0 ? 'even' : 'odd' };
  counter.add(i, parity);
  histogram.record(i, parity);
  span.end();
  const { traceId, spanId } = span.spanContext();
  tell({ kind: 'span', trace_id: traceId, span_id: spanId, name: `op-${i}`, i });
  tell({ kind: 'log', body: `line-${i}`, trace_id: traceId, span_id: spanId });
}
for (const parity of [0, 1]) {
  const values = Array.from({ length: count }, (_, i) => i).filter((i) => i % 2 === parity);
  const sum = values.reduce((total, value) => total + value, 0);
  const label = parity === 0 ? 'even' : 'odd';
  tell({ kind: 'sum', name: 'interop.counter', parity: label, value: sum });
  tell({ kind: 'histogram', name: 'interop.histogram', parity: label, count: values.length, sum });
}
await meters.forceFlush();
const flushed = await client.flush();
if (flushed.kind !== 'flushed') throw new Error(`expected everything to be sent, got ${JSON.stringify(flushed)}`);

// Not flushed. A runtime that signals the end of the process sends it then.
const last = span(`op-${count + 1}`)
  .kind('server')
  .attributes(attributesOf(count + 1));
const { traceId, spanId } = last.context;
client.record(last);
client.record(log('last').severity('warn').within(last.context));
tell({ kind: 'span', trace_id: traceId, span_id: spanId, name: `op-${count + 1}`, i: count + 1 });
tell({ kind: 'log', body: 'last', trace_id: traceId, span_id: spanId });
if (process.env.INTEROP_ENTRY) for (const provider of [tracers, loggers, meters]) await provider.shutdown();
