import { WireWriter } from '@otelier/otlp';
import { createRandom } from '../../columns/blast.testing.ts';

/** An attribute value that makes traces slow. */
export interface Incident {
  readonly key: string;
  readonly value: string;
  /** Traces are this much slower. */
  readonly nanos: number;
}

/** Attributes of each span, besides those of its service. */
export const ATTRIBUTES = 40;
/** Distinct values of each attribute. */
const VALUES = [2, 3, 5, 8, 20, 100, 5000];

/** Options of `writeIncidents`. */
export interface IncidentOptions {
  readonly seed: number;
  readonly spans: number;
  readonly spansPerTrace: number;
  readonly startNanos: bigint;
  readonly incidents: readonly Incident[];
}

/**
 * Yields requests with spans of 40 attributes. An attribute has the same value on all spans of a trace. Traces with an
 * incident's value take longer, except one in ten, and so does one in 500 others.
 */
export function* writeIncidents(options: IncidentOptions): Generator<Uint8Array> {
  const random = createRandom(options.seed);
  const id = (size: number): Buffer => {
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size; at += 4) bytes.writeUInt32LE(random(), at);
    return bytes;
  };
  const traces = Math.ceil(options.spans / options.spansPerTrace);
  for (let from = 0; from < traces; from += TRACES_PER_REQUEST) {
    const request = new WireWriter(1 << 20);
    const service = `service-${from % 5}`;
    request.message(1, (resourceSpans) => {
      resourceSpans.message(1, (resource) => text(resource, 1, 'service.name', service));
      resourceSpans.message(2, (scopeSpans) => {
        for (let trace = from; trace < Math.min(traces, from + TRACES_PER_REQUEST); trace += 1) {
          const values = Array.from({ length: ATTRIBUTES }, (_, key) => attributeValue(key, random()));
          const incident = options.incidents.find(({ key, value }) => values[Number(key.slice(1))] === value);
          const isSlow = incident !== undefined ? random() % 10 > 0 : random() % 500 === 0;
          const { nanos = 0 } = incident ?? options.incidents[random() % options.incidents.length] ?? {};
          const start = options.startNanos + BigInt(trace) * 1_000_000n;
          const lasts = (): bigint => BigInt(1_000_000 + (random() % 1_000_000) + (isSlow ? nanos : 0));
          const ids = Array.from({ length: options.spansPerTrace }, () => id(8));
          const traceId = id(16);
          for (const spanId of ids)
            scopeSpans.message(2, (writer) =>
              span(writer, { traceId, spanId, root: ids[0], start, nanos: lasts(), values }),
            );
        }
      });
    });
    yield request.finish();
  }
}

const TRACES_PER_REQUEST = 500;

/** Returns the value of an attribute. Attributes have different numbers of values. */
function attributeValue(key: number, random: number): string {
  return `v${random % (VALUES[key % VALUES.length] ?? 1)}`;
}

/** Returns an incident that affects one in `minValues` to one in 20 traces. */
export function incidentOf(seed: number, minValues = 3): Incident {
  const random = createRandom(seed * 7 + 1);
  for (;;) {
    const key = random() % ATTRIBUTES;
    const values = VALUES[key % VALUES.length] ?? 1;
    if (values >= minValues && values <= 20)
      return { key: `k${key}`, value: attributeValue(key, random()), nanos: 50_000_000 };
  }
}

interface SpanFields {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly root: Uint8Array | undefined;
  readonly start: bigint;
  readonly nanos: bigint;
  readonly values: readonly string[];
}

function span(writer: WireWriter, { traceId, spanId, root = spanId, start, nanos, values }: SpanFields): void {
  writer.bytesField(1, traceId).bytesField(2, spanId);
  if (spanId !== root) writer.bytesField(4, root);
  writer.stringField(5, 'work').varintField(6, 2);
  writer.fixed64Field(7, start).fixed64Field(8, start + nanos);
  for (const [key, value] of values.entries()) text(writer, 9, `k${key}`, value);
}

function text(writer: WireWriter, field: number, key: string, value: string): void {
  writer.message(field, (pair) => pair.stringField(1, key).message(2, (any) => any.stringField(1, value)));
}
