import type { TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { requestToJson } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import type { Definition } from 'otelier';

/** Starts a receiver and its first reading. */
export async function startReading(
  t: TestContext,
  definition: Definition,
  config: Readonly<Record<string, unknown>>,
): Promise<ComponentBench> {
  const bench = await createComponentBench(definition, { config: { initial_delay: '0s', ...config } });
  t.after(() => bench.close());
  await bench.start();
  await bench.clock.advance(0);
  return bench;
}

/** Reads once, and returns the points. Throws if the reading fails. */
export async function readOnce(
  t: TestContext,
  definition: Definition,
  config: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  const bench = await startReading(t, definition, config);
  while (bench.received.length === 0) {
    const error = bench.error();
    if (error !== undefined) throw new Error(error);
    await turn();
  }
  return pointLines(bench.received.flatMap(({ parts }) => parts));
}

/** Reads once, and returns the error that the receiver reports. */
export async function readingError(
  t: TestContext,
  definition: Definition,
  config: Readonly<Record<string, unknown>>,
): Promise<string> {
  const bench = await startReading(t, definition, config);
  for (;;) {
    const error = bench.error();
    if (error !== undefined) return error;
    await turn();
  }
}

/** Returns the values of one metric, by its attributes. */
export function valuesOf(lines: readonly string[], metric: string): readonly string[] {
  return lines.filter((line) => line.split(' ')[1] === metric).map((line) => line.slice(line.indexOf(metric)));
}

interface Json {
  readonly [key: string]: unknown;
}

/** Returns the points of requests as sorted lines: resource, metric, type and unit, attributes, value. */
export function pointLines(parts: readonly Uint8Array[]): readonly string[] {
  return parts
    .flatMap((part) => JSON.parse(requestToJson('metrics', part)).resourceMetrics as readonly ResourceJson[])
    .flatMap(({ resource, scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap((metric) => metricLines(metric).map((line) => `${attributesOf(resource?.attributes)} ${line}`)),
      ),
    )
    .sort();
}

interface MetricJson {
  readonly name: string;
  readonly unit?: string;
  readonly gauge?: { readonly dataPoints: readonly Json[] };
  readonly sum?: { readonly dataPoints: readonly Json[]; readonly isMonotonic?: boolean };
}

interface ResourceJson {
  readonly resource?: { readonly attributes?: unknown };
  readonly scopeMetrics: readonly { readonly metrics: readonly MetricJson[] }[];
}

function metricLines({ name, unit = '', gauge, sum }: MetricJson): readonly string[] {
  const type = gauge !== undefined ? 'gauge' : sum?.isMonotonic === true ? 'counter' : 'sum';
  return (
    (gauge ?? sum)?.dataPoints.map((point) => {
      const value = 'asInt' in point ? `int ${String(point['asInt'])}` : `double ${String(point['asDouble'] ?? 0)}`;
      return `${name} ${type} ${unit} ${attributesOf(point['attributes'])} ${value}`;
    }) ?? []
  );
}

function attributesOf(attributes: unknown): string {
  const list = (attributes ?? []) as readonly { readonly key: string; readonly value: Json }[];
  return `{${list
    .map(({ key, value }) => `${key}=${String(Object.values(value)[0])}`)
    .sort()
    .join(',')}}`;
}
