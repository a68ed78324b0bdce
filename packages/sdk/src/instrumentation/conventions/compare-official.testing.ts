/**
 * Sends the same requests to applications that are instrumented by this library and by opentelemetry-js, and records how
 * their server spans and metrics differ:
 *   node packages/sdk/src/instrumentation/conventions/compare-official.testing.ts
 * Writes `differences.json`, which the guide explains. Each variant runs in a process of its own.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, connect } from 'node:net';
import { metrics, SpanKind, SpanStatusCode } from '@opentelemetry/api';

type Variant = 'ours' | 'official';

interface Recorded {
  readonly request: string;
  readonly spans: readonly { readonly kind: string; readonly name: string; readonly status: string }[];
  readonly server: Readonly<Record<string, unknown>>;
  readonly exceptions: number;
}

interface Result {
  readonly recorded: readonly Recorded[];
  readonly metrics: Readonly<Record<string, readonly string[]>>;
}

/** Sent as they are, one per connection. */
const REQUESTS: Readonly<Record<string, string>> = {
  route: 'GET /users/7?full=1&sig=secret HTTP/1.1\r\nUser-Agent: test',
  'nested router': 'GET /api/v2/items/9 HTTP/1.1',
  'unknown path': 'GET /missing HTTP/1.1',
  'thrown error': 'GET /sync HTTP/1.1',
  'unknown method': 'PROPFIND /users/7 HTTP/1.1',
  'behind a proxy':
    'GET /users/7 HTTP/1.1\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example',
  'health check': 'GET /healthz HTTP/1.1',
};

const require = createRequire(import.meta.url);
const APPLICATIONS: Readonly<Record<string, (isOurs: boolean) => Promise<RequestListener>>> = {
  async 'node:http'(isOurs) {
    if (isOurs) (await import('../web/node-http.ts')).instrumentHttpServers();
    return (request, response) => response.writeHead(request.url?.startsWith('/users') ? 200 : 404).end();
  },
  async express(isOurs) {
    const express = require('express') as typeof import('express');
    if (isOurs) (await import('../web/express.ts')).instrumentExpress(express);
    const app = express().set('env', 'test');
    app.get('/users/:id', (_, response) => void response.send('ok'));
    app.use(
      '/api/:version',
      express.Router().get('/items/:item', (_, response) => void response.send('ok')),
    );
    app.get('/sync', () => {
      throw new TypeError('sync');
    });
    return app;
  },
  async koa(isOurs) {
    const Koa = require('koa') as typeof import('koa');
    const Router = require('@koa/router') as typeof import('@koa/router').default;
    if (isOurs) (await import('../web/koa.ts')).instrumentKoa(Koa);
    const app = new Koa();
    app.silent = true;
    const router = new Router();
    router.get('/users/:id', (ctx) => {
      ctx.body = 'ok';
    });
    const items = new Router().get('/items/:item', (ctx) => {
      ctx.body = 'ok';
    });
    router.use('/api/:version', items.routes());
    router.get('/sync', () => {
      throw new TypeError('sync');
    });
    return app.use(router.routes()).callback();
  },
};

const [, , application, variant] = process.argv;
if (application === undefined) {
  const differences = Object.fromEntries(Object.keys(APPLICATIONS).map((name) => [name, differencesOf(name)]));
  writeFileSync(new URL('differences.json', import.meta.url), `${JSON.stringify(differences, undefined, 2)}\n`);
} else process.stdout.write(JSON.stringify(await record(application, variant as Variant)));

function differencesOf(name: string): Readonly<Record<string, readonly string[]>> {
  const run = (which: Variant) =>
    JSON.parse(execFileSync(process.execPath, [import.meta.filename, name, which], { encoding: 'utf8' })) as Result;
  const ours = run('ours');
  const official = run('official');
  const byRequest = ours.recorded.map((mine, i) => {
    const theirs = official.recorded[i] as Recorded;
    const keys = [...new Set([...Object.keys(mine.server), ...Object.keys(theirs.server)])].toSorted();
    const hasBoth = mine.spans.length > 0 && theirs.spans.length > 0;
    const attributes = keys.filter((key) => hasBoth && show(mine.server[key]) !== show(theirs.server[key]));
    return [
      mine.request,
      [
        ...(show(mine.spans) === show(theirs.spans) ? [] : [`spans: ${list(mine)}; official: ${list(theirs)}`]),
        ...(mine.exceptions === theirs.exceptions
          ? []
          : [`exceptions: ${mine.exceptions}; official: ${theirs.exceptions}`]),
        ...attributes.map((key) => `${key}: ${show(mine.server[key])}; official: ${show(theirs.server[key])}`),
      ],
    ] as const;
  });
  const names = [...new Set([...Object.keys(ours.metrics), ...Object.keys(official.metrics)])].toSorted();
  const byMetric = names
    .filter((metric) => show(ours.metrics[metric]) !== show(official.metrics[metric]))
    .map((metric) => `${metric}: ${show(ours.metrics[metric])}; official: ${show(official.metrics[metric])}`);
  return Object.fromEntries([...byRequest, ['metrics', byMetric] as const].filter(([, found]) => found.length > 0));
}

function list({ spans }: Recorded): string {
  return spans.map(({ kind, name, status }) => `${kind} "${name}" ${status}`).join(', ') || 'none';
}

function show(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value);
}

async function record(name: string, which: Variant): Promise<Result> {
  const { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } = await import(
    '@opentelemetry/sdk-metrics'
  );
  const { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const { registerOfficial } = await import('../../../../../test/e2e/sdk-conformance/official-api.ts');
  const spans = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] });
  const exporter = new InMemoryMetricExporter(1);
  const meterProvider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
  registerOfficial(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
  if (which === 'official') {
    const { registerInstrumentations } = await import('@opentelemetry/instrumentation');
    const { getNodeAutoInstrumentations } = await import('@opentelemetry/auto-instrumentations-node');
    registerInstrumentations({ instrumentations: [getNodeAutoInstrumentations()] });
  }
  const listener = await APPLICATIONS[name]?.(which === 'ours');
  const server = (require('node:http') as typeof import('node:http')).createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const recorded: Recorded[] = [];
  for (const [request, head] of Object.entries(REQUESTS)) {
    spans.reset();
    await send(port, head);
    await tracerProvider.forceFlush();
    // The official instrumentation of `node:net` records the client's connections, too.
    const ended = spans.getFinishedSpans().filter((span) => span.name !== 'tcp.connect');
    const found = ended.find(({ kind }) => kind === SpanKind.SERVER);
    const { 'network.peer.port': peer, ...attributes } = found?.attributes ?? {};
    const hidden = Object.entries(attributes).map(([key, value]) => [key, value === port ? 'the port' : value]);
    recorded.push({
      request,
      spans: ended.map(({ kind, name: spanName, status }) => ({
        kind: String(SpanKind[kind]),
        name: spanName,
        status: String(SpanStatusCode[status.code]),
      })),
      server: {
        ...Object.fromEntries(hidden),
        ...(peer !== undefined && { 'network.peer.port': 'the port of the client' }),
      },
      exceptions: ended.flatMap(({ events }) => events).filter((event) => event.name === 'exception').length,
    });
  }
  await meterProvider.forceFlush();
  const all = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  server.closeAllConnections();
  server.close();
  await meterProvider.shutdown();
  return {
    recorded,
    metrics: Object.fromEntries(
      all
        .filter(({ descriptor }) => descriptor.name.startsWith('http.'))
        .map(({ descriptor, dataPoints }) => [
          descriptor.name,
          [...new Set(dataPoints.flatMap((point) => Object.keys(point.attributes)))].toSorted(),
        ]),
    ),
  };
}

/** Sends one request and waits until the server has closed the connection. */
async function send(port: number, head: string): Promise<void> {
  const socket = connect(port, '127.0.0.1').resume();
  socket.write(`${head}\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
  await once(socket, 'close');
  // The span ends with the event `close` of the response.
  await new Promise((resolve) => setImmediate(resolve));
}
