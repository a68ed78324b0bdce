import type { Random } from '@otelier/testkit';
import { pick } from './zipkin-spans.ts';

/** A value of a tag. `unknown` has a type that Jaeger does not define. */
export type JaegerValue = string | boolean | bigint | number | Uint8Array | { readonly unknown: true };

/** A tag. */
export type JaegerTag = readonly [key: string, value: JaegerValue];

/** A batch, which tests encode in the protocols of Jaeger. */
export interface JaegerBatch {
  readonly process: JaegerProcess;
  readonly spans: readonly JaegerSpan[];
}

/** A process. */
export interface JaegerProcess {
  readonly serviceName: string;
  readonly tags: readonly JaegerTag[];
}

/** A span with times in microseconds. */
export interface JaegerSpan {
  readonly traceIdHigh: bigint;
  readonly traceIdLow: bigint;
  readonly spanId: bigint;
  readonly parentSpanId: bigint;
  readonly operationName: string;
  readonly references: readonly JaegerReference[];
  readonly flags: number;
  readonly startTime: bigint;
  readonly duration: bigint;
  readonly tags: readonly JaegerTag[];
  readonly logs: readonly { readonly timestamp: bigint; readonly fields: readonly JaegerTag[] }[];
  /** Only in protobuf. */
  readonly process?: JaegerProcess;
}

/** A reference to a span. */
export interface JaegerReference {
  readonly refType: 0 | 1;
  readonly traceIdHigh: bigint;
  readonly traceIdLow: bigint;
  readonly spanId: bigint;
}

const START = 1_700_000_000_000_000;

const TAGS: readonly (readonly [string, readonly JaegerValue[]])[] = [
  ['span.kind', ['client', 'server', 'producer', 'consumer', 'internal', 'other', 1n]],
  ['error', [true, false, 'true']],
  ['otel.status_code', ['OK', 'ERROR', 'error', 'x', 2n]],
  ['otel.status_description', ['it failed', '', true]],
  ['http.status_code', [200n, 404n, 500n, '404', '503', 'x', 399n, 1.5]],
  ['http.response.status_code', [500n]],
  ['http.status_message', ['Not Found', 7n]],
  ['w3c.tracestate', ['a=b', true]],
  ['otel.scope.name', ['lib', 'lib2', true]],
  ['otel.scope.version', ['1.0']],
  ['otel.library.name', ['old']],
  ['bytes', [Uint8Array.of(1, 2, 255), new Uint8Array()]],
  ['double', [0.5, -1e300, 0]],
  ['long', [-1n, 9_223_372_036_854_775_807n, 0n]],
  ['text', ['naïve ☃', '']],
  ['unknown', [{ unknown: true }]],
  ['text', ['repeated']],
];

const PROCESS_TAGS: readonly (readonly [string, readonly JaegerValue[]])[] = [
  ['hostname', ['web-1', 7n]],
  ['host.name', ['web-2']],
  ['jaeger.version', ['Node-3.19', 3n]],
  ['opencensus.exporterversion', ['x']],
  ['ip', ['10.0.0.1']],
];

/** Returns a batch of zero to five spans. */
export function jaegerBatch(random: Random): JaegerBatch {
  return { process: processOf(random), spans: Array.from({ length: random(6) }, () => spanOf(random)) };
}

function processOf(random: Random): JaegerProcess {
  return {
    serviceName: pick(random, ['checkout', 'frontend', '', 'OTLPResourceNoServiceName']),
    tags: tagsOf(random, PROCESS_TAGS),
  };
}

function spanOf(random: Random): JaegerSpan {
  const traceIdHigh = pick(random, [0n, 5n, -1n]);
  const traceIdLow = BigInt(random(3));
  return {
    ...{ traceIdHigh, traceIdLow, spanId: BigInt(random(2 ** 30)) },
    parentSpanId: pick(random, [0n, 7n, -2n]),
    operationName: pick(random, ['GET /cart', '', 'größe']),
    references: Array.from({ length: random(4) }, () => ({
      refType: pick(random, [0, 1] as const),
      traceIdHigh: pick(random, [traceIdHigh, 5n]),
      traceIdLow: pick(random, [traceIdLow, 9n]),
      spanId: pick(random, [0n, 7n, 11n]),
    })),
    flags: pick(random, [0, 1, 2, 3]),
    startTime: BigInt(START + random(10 ** 6)),
    duration: BigInt(random(10 ** 6)),
    tags: tagsOf(random, TAGS),
    logs: Array.from({ length: random(3) }, () => ({
      timestamp: BigInt(START + random(10 ** 6)),
      fields: [...(random(2) === 0 ? [['event', pick(random, ['retry', 5n])] as const] : []), ...tagsOf(random, TAGS)],
    })),
    ...(random(3) === 0 && { process: processOf(random) }),
  };
}

function tagsOf(random: Random, tags: readonly (readonly [string, readonly JaegerValue[]])[]): JaegerTag[] {
  return tags.flatMap(([key, values]): JaegerTag[] => (random(4) === 0 ? [[key, pick(random, values)]] : []));
}
