import assert from 'node:assert/strict';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type Attributes, context, propagation, trace } from '@opentelemetry/api';
import {
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace';
import { AsyncContextManager, BaggagePropagator, compositePropagator, TraceContextPropagator } from '../node.ts';
import { metricDeviations, spanDeviations } from './conventions/check.testing.ts';

/** Handles requests, as `http.createServer` expects it. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** A running server, and what the official SDK records of it. */
export interface Subject extends Recorder {
  readonly url: string;
  send(path: string, options?: SendOptions): Promise<Reply>;
  /** Sends a request and closes the connection when the first bytes of the response arrive. */
  abort(path: string): Promise<void>;
}

export interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Point {
  readonly attributes: Attributes;
  readonly value: unknown;
}

/** Records a child span in the active context, as an application's own code does. */
export function work(name: string): void {
  trace.getTracer('application').startSpan(name).end();
}

/** What the official SDK records in a test. */
export interface Recorder {
  /** For the instrumentation under test. */
  readonly options: { readonly tracerProvider: TracerProvider; readonly meterProvider: MeterProvider };
  /** Returns the ended spans in order, as soon as there are `count`. */
  spans(count: number): Promise<readonly ReadableSpan[]>;
  /** Returns the data points of a metric. */
  points(metric: string): Promise<readonly Point[]>;
  /** Returns all metrics. */
  metrics(): Promise<readonly MetricData[]>;
}

/**
 * Registers the official SDK, our context manager and propagators for the duration of the test. After it, all spans and
 * metrics that the test has recorded are checked against the semantic conventions.
 */
export function startRecorder(t: TestContext): Recorder {
  const ended: ReadableSpan[] = [];
  let notify = () => {};
  const tracerProvider = new TracerProvider({
    spanProcessors: [
      {
        onStart() {},
        onEnd(span) {
          ended.push(span);
          notify();
        },
        async forceFlush() {},
        async shutdown() {},
      },
    ],
  });
  const exporter = new InMemoryMetricExporter(1);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  context.setGlobalContextManager(new AsyncContextManager());
  propagation.setGlobalPropagator(compositePropagator([new TraceContextPropagator(), new BaggagePropagator()]));
  trace.setGlobalTracerProvider(tracerProvider);
  const metrics = async () => {
    exporter.reset();
    await meterProvider.forceFlush();
    return exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  };
  t.after(async () => {
    const recorded = await metrics();
    await meterProvider.shutdown();
    for (const api of [context, propagation, trace]) api.disable();
    assert.deepEqual([...ended.flatMap(spanDeviations), ...recorded.flatMap(metricDeviations)], []);
  });
  return {
    options: { tracerProvider, meterProvider },
    async spans(count) {
      while (ended.length < count)
        await new Promise<void>((resolve) => {
          notify = resolve;
        });
      return ended.slice();
    },
    async points(metric) {
      return (await metrics())
        .filter(({ descriptor }) => descriptor.name === metric)
        .flatMap(({ dataPoints }) => dataPoints as readonly Point[]);
    },
    metrics,
  };
}

/** Starts a recorder, and a server whose listener is created with the recorder's options. */
export async function startSubject(
  t: TestContext,
  create: (options: Recorder['options']) => Listener | Promise<Listener>,
): Promise<Subject> {
  const recorder = startRecorder(t);
  const server = createServer(await create(recorder.options));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { ...recorder, url, send: (path, options) => send(url + path, options), abort: (path) => abort(url + path) };
}

function send(url: string, { method = 'GET', headers = {}, body }: SendOptions = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function abort(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { agent: false }, (response) => {
      response.once('data', () => {
        outgoing.destroy();
        resolve();
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
