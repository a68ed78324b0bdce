import type { Random } from '../otlp/random.ts';
import { type AnyValueJson, anyValue, type KeyValueJson, type SpanJson, type TracesJson } from '../otlp-json.ts';

/** A value of an attribute in generated traces. Floats are objects, so that `2.0` is not an integer. */
export type ModelValue = string | number | boolean | { readonly float: number } | readonly (string | number)[];
export type ModelAttributes = Readonly<Record<string, ModelValue>>;

/** A span of a generated trace. Times are milliseconds since the start of the range. */
export interface ModelSpan {
  readonly trace: string;
  readonly id: string;
  /** Empty for a root. */
  readonly parent: string;
  readonly name: string;
  readonly kind: number;
  readonly status: number;
  readonly message: string;
  readonly start: number;
  readonly millis: number;
  readonly attributes: ModelAttributes;
  readonly resource: ModelAttributes;
  readonly scope: { readonly name: string; readonly version: string; readonly attributes: ModelAttributes };
  readonly events: readonly { readonly name: string; readonly offset: number; readonly attributes: ModelAttributes }[];
  readonly links: readonly { readonly trace: string; readonly span: string; readonly attributes: ModelAttributes }[];
}

/** The spans of a trace, in order of their start. */
export type ModelTrace = readonly ModelSpan[];

const NAMES = ['GET /', 'GET /cart', 'SELECT', 'publish', 'work'];
const SERVICES = ['shop', 'db', 'queue'];

/** Generates traces with up to `size` spans each: trees, most of them with one root. */
export function generateTraces(random: Random, count: number, size: number): readonly ModelTrace[] {
  return Array.from({ length: count }, (_, index) => generateTrace(random, index + 1, 1 + random(size)));
}

function generateTrace(random: Random, number: number, size: number): ModelTrace {
  const trace = `${'0'.repeat(number % 3 === 0 ? 20 : 0)}${number}`.padStart(32, number % 3 === 0 ? '0' : 'a');
  const spans: ModelSpan[] = [];
  let start = 1000 * number;
  for (let index = 0; index < size; index++) {
    // A few spans have a parent that was never received, or are second roots.
    const parent =
      index === 0 || random(12) === 0 ? '' : random(20) === 0 ? 'f'.repeat(16) : (spans[random(index)]?.id ?? '');
    start += random(30);
    spans.push(generateSpan(random, trace, `${number}b${index}`.padStart(16, '0'), parent, start));
  }
  return spans;
}

function generateSpan(random: Random, trace: string, id: string, parent: string, start: number): ModelSpan {
  const status = random(3);
  return {
    ...{ trace, id, parent, name: pick(random, NAMES), kind: random(6), status, start, millis: random(60) },
    message: status === 2 ? pick(random, ['locked', 'timeout']) : '',
    attributes: {
      ...(random(3) > 0 && { code: pick(random, [200, 404, 500]) }),
      ...(random(2) > 0 && { route: pick(random, ['/cart', '/pay', '/']) }),
      ...(random(3) > 0 && { ratio: { float: pick(random, [0.5, 1, 2.25]) } }),
      ...(random(3) > 0 && { ok: random(2) === 0 }),
      ...(random(3) > 0 && { mixed: pick(random, [5, '5', { float: 5 }, true]) }),
      ...(random(3) > 0 && { tags: pick(random, [['a', 'b'], ['b'], ['c', 'a'], 'a']) }),
      ...(random(3) > 0 && { codes: pick(random, [[1, 2], [3], 2]) }),
      ...(random(4) > 0 && { zone: 'span-zone' }),
    },
    resource: {
      'service.name': pick(random, SERVICES),
      ...(random(2) > 0 && { zone: pick(random, ['eu', 'us']) }),
      ...(random(3) > 0 && { 'my key': 'x y' }),
    },
    scope: {
      name: pick(random, ['http', 'sql']),
      version: pick(random, ['1', '2']),
      attributes: { lang: pick(random, ['js', 'go']) },
    },
    events: Array.from({ length: random(3) }, () => ({
      name: pick(random, ['retry', 'exception']),
      offset: random(20),
      attributes: random(2) > 0 ? { type: pick(random, ['Timeout', 'Refused']), attempt: random(3) } : {},
    })),
    links: Array.from({ length: random(4) === 0 ? 1 : 0 }, () => ({
      ...{ trace: '1'.padStart(32, 'a'), span: `1b${random(2)}`.padStart(16, '0') },
      attributes: { why: pick(random, ['batch', 'retry']) },
    })),
  };
}

/** Returns one of the values. */
export function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[random(values.length)];
  if (value === undefined) throw new Error('expected values to pick from');
  return value;
}

/** Converts traces to a request. `startNanos` is the start of the range. */
export function tracesRequest(traces: readonly ModelTrace[], startNanos: bigint): TracesJson {
  return {
    resourceSpans: traces.flat().map((span) => ({
      resource: { attributes: keyValuesOf(span.resource) },
      scopeSpans: [
        {
          scope: { name: span.scope.name, version: span.scope.version, attributes: keyValuesOf(span.scope.attributes) },
          spans: [spanOf(span, startNanos)],
        },
      ],
    })),
  };
}

function spanOf(span: ModelSpan, startNanos: bigint): SpanJson {
  const at = (millis: number): string => `${startNanos + BigInt(millis) * 1_000_000n}`;
  return {
    ...{ traceId: span.trace, spanId: span.id, parentSpanId: span.parent, name: span.name, kind: span.kind },
    ...{ startTimeUnixNano: at(span.start), endTimeUnixNano: at(span.start + span.millis) },
    status: { code: span.status, message: span.message },
    attributes: keyValuesOf(span.attributes),
    events: span.events.map(({ name, offset, attributes }) => ({
      ...{ name, timeUnixNano: at(span.start + offset), attributes: keyValuesOf(attributes) },
    })),
    links: span.links.map(({ trace, span: spanId, attributes }) => ({
      ...{ traceId: trace, spanId, attributes: keyValuesOf(attributes) },
    })),
  };
}

function keyValuesOf(attributes: ModelAttributes): KeyValueJson[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueJson(value) }));
}

function valueJson(value: ModelValue): AnyValueJson {
  return typeof value === 'object' && 'float' in value ? { doubleValue: value.float } : anyValue(value);
}
