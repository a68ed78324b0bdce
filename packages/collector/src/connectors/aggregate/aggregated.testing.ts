import type { Batch, Signal } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import type { DataPointJson, KeyValueJson, SpanJson } from '@otelier/testkit/otlp-json';
import { batchOf, decodeRequest } from '@otelier/testkit/request-codec';
import { aggregate } from '../aggregate.ts';

/** Initial time of a bench's clock, in seconds since the epoch; a multiple of a minute. */
export const NOW = 1_699_999_980;

type Config = Readonly<Record<string, unknown>>;

/** A data point of a result metric. */
export interface Result {
  readonly name: string;
  readonly kind: string;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** In seconds since `NOW`. */
  readonly window: readonly [start: number, end: number];
  readonly value: unknown;
  readonly isCorrection: boolean;
}

/** Starts a service with an `aggregate` connector for one signal. */
export async function startAggregate(
  config: Config,
  signal: Signal = 'traces',
  options: Readonly<Record<string, unknown>> = {},
): Promise<ComponentBench> {
  const bench = await createComponentBench(aggregate, { ...options, config, signals: [signal] });
  bench.clock.jump(NOW * 1000 - bench.clock.now());
  await bench.start();
  return bench;
}

/** Returns a string attribute. */
export function text(key: string, stringValue: string): KeyValueJson {
  return { key, value: { stringValue } };
}

/** Returns a span that ends at `end`, in seconds since `NOW`, and lasts `duration` seconds. */
export function span(end: number, duration = 1, attributes: readonly KeyValueJson[] = []): SpanJson {
  return { startTimeUnixNano: nanos(end - duration), endTimeUnixNano: nanos(end), attributes };
}

/** Converts seconds since `NOW` to nanoseconds since the epoch. */
export function nanos(seconds: number): string {
  return String(BigInt(NOW) * 1_000_000_000n + BigInt(Math.round(seconds * 1e9)));
}

/** Returns a batch of spans from a single resource. */
export function spansOf(spans: readonly SpanJson[], service = 'shop'): Batch {
  const resource = { attributes: [text('service.name', service), text('host.name', 'h')] };
  return batchOf('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
}

/** Removes and returns the received results in sorted order. */
export function takeResults(received: Batch[]): Result[] {
  const results = received.splice(0).flatMap(({ parts }) => parts.flatMap(resultsOf));
  return results.sort((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1));
}

function sortKey({ name, resource, attributes, window, isCorrection }: Result): string {
  return JSON.stringify([name, resource, attributes, window.map((at) => String(at).padStart(12)), isCorrection]);
}

/** Returns values by name and window: `{ 'd.count 0-60': 2 }`. */
export function valuesOf(results: readonly Result[]): Record<string, unknown> {
  return Object.fromEntries(results.map(({ name, window, value }) => [`${name} ${window.join('-')}`, value]));
}

function resultsOf(part: Uint8Array): Result[] {
  const { resourceMetrics = [] } = decodeRequest('metrics', part);
  return resourceMetrics.flatMap(({ resource, scopeMetrics = [] }) =>
    scopeMetrics.flatMap(({ scope, metrics = [] }) =>
      metrics.flatMap(({ name = '', ...data }) =>
        (['gauge', 'sum', 'exponentialHistogram'] as const).flatMap((kind) =>
          (data[kind]?.dataPoints ?? []).map((point) => ({
            name,
            kind,
            resource: plain(resource?.attributes),
            attributes: plain(point.attributes),
            window: [secondsOf(point.startTimeUnixNano), secondsOf(point.timeUnixNano)] as const,
            value: kind === 'exponentialHistogram' ? histogramOf(point) : (point.asDouble ?? Number(point.asInt)),
            isCorrection: (scope?.attributes ?? []).length > 0,
          })),
        ),
      ),
    ),
  );
}

function histogramOf({ attributes, startTimeUnixNano, timeUnixNano, ...contents }: DataPointJson) {
  return contents;
}

function plain(attributes: readonly KeyValueJson[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value ?? {})[0]]));
}

function secondsOf(time: unknown): number {
  return Number(BigInt(String(time ?? 0)) / 1_000_000n) / 1000 - NOW;
}
