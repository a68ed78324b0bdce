import { forEachDataPoint, forEachLogRecord, forEachSpan } from '@otelier/otlp';
import type { ComponentBench } from '@otelier/testkit/component-bench';
import type { SentSpan } from './programs.ts';

/** Returns the spans that a receiver has passed on, in the form in which the tracer reports them. */
export function receivedSpans({ received }: ComponentBench): readonly SentSpan[] {
  const spans: SentSpan[] = [];
  for (const { signal, parts } of received)
    for (const part of signal === 'traces' ? parts : [])
      forEachSpan(part, (span) => {
        const { traceId, spanId, parentSpanId, name, resource, hasError } = span;
        spans.push({
          traceId,
          spanId,
          parentId: parentSpanId || '0'.repeat(16),
          name,
          service: String(resource.attributes.get('service.name')),
          isError: hasError,
        });
      });
  return spans;
}

/** Returns the points that a receiver has passed on, as texts. */
export function receivedPoints({ received }: ComponentBench): readonly string[] {
  const points: string[] = [];
  for (const { signal, parts } of received)
    for (const part of signal === 'metrics' ? parts : [])
      forEachDataPoint(part, (point, { name, kind, unit }) => points.push(`${name} ${kind} ${unit} ${point.value}`));
  return points;
}

/** Returns the bodies of the logs that a receiver has passed on. */
export function receivedLogs({ received }: ComponentBench): readonly string[] {
  const bodies: string[] = [];
  for (const { signal, parts } of received)
    for (const part of signal === 'logs' ? parts : []) forEachLogRecord(part, ({ body }) => bodies.push(String(body)));
  return bodies;
}

/** Returns the spans that are missing or differ. */
export function compareSpans(sent: readonly SentSpan[], received: readonly SentSpan[]): readonly string[] {
  const keyOf = ({ traceId, spanId, parentId, name, service, isError }: SentSpan) =>
    [traceId, spanId, parentId, name, service, isError].join(' ');
  const found = received.map(keyOf).sort();
  const wanted = sent.map(keyOf).sort();
  if (found.length !== wanted.length) return [`expected ${wanted.length} spans, got ${found.length}`];
  return wanted.flatMap((span, i) => (span === found[i] ? [] : [`expected ${span}, got ${found[i]}`]));
}
