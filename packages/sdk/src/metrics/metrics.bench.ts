/**
 * Compares the cost of a measurement with opentelemetry-js, in nanoseconds. Both alternate in one process; the result is
 * the best of many short runs. Attributes are literals, as in programs: three per measurement, in 240 combinations.
 * opentelemetry-js has neither bound instruments nor exemplars; bound instruments are compared with its `add` or
 * `record` with the same attributes.
 *   node packages/sdk/src/metrics/metrics.bench.ts [rounds]
 *   MODE=traced node packages/sdk/src/metrics/metrics.bench.ts     within a sampled span, whose measurements become exemplars
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, type ContextManager, context, type Meter, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider as OfficialProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { createClient, MeterProvider, type View } from '../node.ts';

const MEASUREMENTS = 100_000;
const rounds = Number(process.argv[2] ?? 20);
const isTraced = process.env['MODE'] === 'traced';
const routes = Array.from({ length: 20 }, (_, i) => `/api/v1/items/${i}`);
const methods = ['GET', 'POST', 'PUT'];
const values = Array.from({ length: 4096 }, (_, i) => Math.exp((i % 97) / 10) + (i % 7) / 10);

/** The measurements of one library, in runs of a hundred thousand. */
interface Rows {
  readonly [row: string]: () => void;
}

const ours = measure(otelier());
const theirs = measure(official());
const bound = boundRows();
installContext();

report(
  Object.entries(theirs).flatMap(([row, run]) => [
    { row, ours: ours[row], theirs: run },
    { row: `bound ${row}`, ours: bound[row], theirs: run },
  ]),
);

function measure(meter: Meter): Rows {
  const counter = meter.createCounter('counter');
  const histogram = meter.createHistogram('histogram');
  const exponential = meter.createHistogram('exponential');
  return {
    'counter add': () => {
      for (let i = 0; i < MEASUREMENTS; i++) counter.add(1, attributes(i));
    },
    'histogram record': () => {
      for (let i = 0; i < MEASUREMENTS; i++) histogram.record(values[i & 4095], attributes(i));
    },
    'exponential histogram record': () => {
      for (let i = 0; i < MEASUREMENTS; i++) exponential.record(values[i & 4095], attributes(i));
    },
  };
}

function boundRows(): Rows {
  const meter = otelier();
  const counters = Array.from({ length: 240 }, (_, i) => meter.createCounter('counter').bind(attributes(i)));
  const histograms = Array.from({ length: 240 }, (_, i) => meter.createHistogram('histogram').bind(attributes(i)));
  const exponential = Array.from({ length: 240 }, (_, i) => meter.createHistogram('exponential').bind(attributes(i)));
  return {
    'counter add': () => {
      for (let i = 0; i < MEASUREMENTS; i++) counters[i % 240].add(1);
    },
    'histogram record': () => {
      for (let i = 0; i < MEASUREMENTS; i++) histograms[i % 240].record(values[i & 4095]);
    },
    'exponential histogram record': () => {
      for (let i = 0; i < MEASUREMENTS; i++) exponential[i % 240].record(values[i & 4095]);
    },
  };
}

function attributes(i: number): { [key: string]: string | number } {
  return {
    'http.request.method': methods[i % 3],
    'http.route': routes[i % 20],
    'http.response.status_code': 200 + (i & 3),
  };
}

function otelier() {
  const views: View[] = [{ instrumentName: 'exponential', aggregation: { kind: 'exponential_histogram' } }];
  return new MeterProvider({ client: createClient(), views, intervalMillis: 3_600_000 }).getMeter('bench');
}

function official(): Meter {
  const exporter = {
    export: () => {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
    selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
  };
  return new OfficialProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    views: [{ instrumentName: 'exponential', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  }).getMeter('bench');
}

function report(rows: readonly { row: string; ours: (() => void) | undefined; theirs: () => void }[]): void {
  const best = new Map<() => void, number>();
  for (let round = 0; round < rounds; round++) {
    for (const run of rows.flatMap((row) => [row.ours, row.theirs])) {
      if (run === undefined) continue;
      const start = performance.now();
      run();
      const nanos = ((performance.now() - start) * 1e6) / MEASUREMENTS;
      best.set(run, Math.min(nanos, best.get(run) ?? Number.POSITIVE_INFINITY));
    }
  }
  for (const { row, ours, theirs } of rows) {
    const [a, b] = [(ours && best.get(ours)) ?? Number.NaN, best.get(theirs) ?? Number.NaN];
    const line = { row, otelierNanos: round(a), opentelemetryJsNanos: round(b), ratio: round(b / a) };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
  process.exit();
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

/** Installs an `AsyncLocalStorage` context manager, as programs do, and activates a sampled span if requested. */
function installContext(): void {
  const storage = new AsyncLocalStorage<Context>();
  const span = trace.wrapSpanContext({ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: 1 });
  const active = isTraced ? trace.setSpan(ROOT_CONTEXT, span) : ROOT_CONTEXT;
  storage.enterWith(active);
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (_, fn, thisArg, ...args) => Reflect.apply(fn, thisArg, args),
    bind: (_, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  context.setGlobalContextManager(manager);
}
