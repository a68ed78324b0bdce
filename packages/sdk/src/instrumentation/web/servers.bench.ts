/**
 * Compares the CPU time that a server needs for a request: without instrumentation, with ours and the light SDK, and
 * with the official instrumentation and SDK. Both record traces and metrics and export them to a local sink.
 *   node packages/sdk/src/instrumentation/web/servers.bench.ts [rounds] [framework]
 *   HANDLER=json node packages/sdk/src/instrumentation/web/servers.bench.ts
 * The handler does nothing, or with `HANDLER=json` parses and formats 2 kB of JSON. Each round runs all variants alternately in processes of their own. Prints one JSON line per framework with the
 * medians: `{ framework, microsPerRequest, added }`, where `added` is relative to `bare`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, connect } from 'node:net';
import { createInterface } from 'node:readline';

const REQUESTS = Number(process.env['REQUESTS'] ?? 120_000);
const CONNECTIONS = 8;
const AT_ONCE = 16;
const VARIANTS = ['bare', 'otelier', 'official'] as const;
type Variant = (typeof VARIANTS)[number];

/** Creates the listener of an application with the route `/users/:id`. Called after the official instrumentation. */
const FRAMEWORKS: Readonly<Record<string, (isOurs: boolean) => Promise<RequestListener>>> = {
  async 'node-http'(isOurs) {
    if (isOurs) (await import('./node-http.ts')).instrumentHttpServers();
    return (_, response) => response.end(bodyOf('7'));
  },
  async express(isOurs) {
    const express = require('express') as typeof import('express');
    if (isOurs) (await import('./express.ts')).instrumentExpress(express);
    const app = express();
    app.get('/users/:id', (request, response) => void response.send(bodyOf(request.params.id)));
    return app;
  },
  async koa(isOurs) {
    const Koa = require('koa') as typeof import('koa');
    const Router = require('@koa/router') as typeof import('@koa/router').default;
    if (isOurs) (await import('./koa.ts')).instrumentKoa(Koa);
    const router = new Router();
    router.get('/users/:id', (ctx) => {
      ctx.body = bodyOf(String(ctx.params['id']));
    });
    return new Koa().use(router.routes()).callback();
  },
  async fastify(isOurs) {
    const fastify = (require('fastify') as typeof import('fastify')).fastify();
    if (isOurs) (await import('./fastify.ts')).instrumentFastify(fastify);
    fastify.get<{ Params: { id: string } }>('/users/:id', (request, reply) => reply.send(bodyOf(request.params.id)));
    await fastify.ready();
    return (request, response) => fastify.routing(request, response);
  },
  async hono(isOurs) {
    const { Hono } = await import('hono');
    const { getRequestListener } = await import('@hono/node-server');
    const app = new Hono();
    if (isOurs) (await import('./hono.ts')).instrumentHono(app);
    app.get('/users/:id', (c) => c.text(bodyOf(c.req.param('id'))));
    return getRequestListener(app.fetch);
  },
  async nest(isOurs) {
    // The official instrumentation follows `require` only.
    require('express');
    const { Controller, Get, Module, Param } = await import('@nestjs/common');
    const { NestFactory } = await import('@nestjs/core');
    class Users {
      find(id: string) {
        return bodyOf(id);
      }
    }
    Get(':id')(Users.prototype, 'find', Object.getOwnPropertyDescriptor(Users.prototype, 'find') as PropertyDescriptor);
    Param('id')(Users.prototype, 'find', 0);
    Controller('users')(Users);
    class App {}
    Module({ controllers: [Users] })(App);
    const app = await NestFactory.create(App, { logger: false });
    if (isOurs) (await import('./nest.ts')).instrumentNest(app);
    await app.init();
    return (request, response) => void app.getHttpServer().emit('request', request, response);
  },
};

/** What `HANDLER=json` parses and formats. */
const ORDER = JSON.stringify(
  Array.from({ length: 20 }, (_, i) => ({
    id: i,
    name: `item ${i}`,
    price: i * 1.25,
    tags: ['a', 'b'],
    description: 'x'.repeat(24),
  })),
);

function bodyOf(id: string): string {
  return process.env['HANDLER'] === 'json' ? JSON.stringify({ id, items: JSON.parse(ORDER) as unknown }) : id;
}

const require = createRequire(import.meta.url);
const [, , first = '3', only, variant, sink] = process.argv;
if (first === 'serve') await serve(only as string, variant as Variant, sink as string);
else await compare(Number(first), only === undefined ? Object.keys(FRAMEWORKS) : [only]);

async function compare(rounds: number, frameworks: readonly string[]): Promise<void> {
  const collector = createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/x-protobuf').end());
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  for (const framework of frameworks) {
    const micros: Record<Variant, number[]> = { bare: [], otelier: [], official: [] };
    for (let round = 0; round < rounds; round++)
      for (const each of VARIANTS) micros[each].push(await microsPerRequest(framework, each, url));
    const { bare, otelier, official } = {
      bare: median(micros.bare),
      otelier: median(micros.otelier),
      official: median(micros.official),
    };
    const added = { otelier: round(otelier / bare - 1), official: round(official / bare - 1) };
    console.log(
      JSON.stringify({
        framework,
        microsPerRequest: { bare: round(bare), otelier: round(otelier), official: round(official) },
        added,
      }),
    );
  }
  collector.close();
}

async function microsPerRequest(framework: string, each: Variant, url: string): Promise<number> {
  const child = spawn(process.execPath, [import.meta.filename, 'serve', framework, each, url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  // Until the code has been optimized.
  await load(port, REQUESTS);
  child.stdin.write('start\n');
  await lines.next();
  await load(port, REQUESTS);
  child.stdin.write('stop\n');
  const cpuMicros = Number((await lines.next()).value);
  child.kill();
  await once(child, 'exit');
  return cpuMicros / REQUESTS;
}

/** Serves until it is killed. Reports its port, then the CPU time in µs between the lines `start` and `stop`. */
async function serve(framework: string, each: Variant, url: string): Promise<void> {
  let flush: () => Promise<unknown> = async () => {};
  if (each === 'otelier') {
    const { startSdk } = await import('../../node.ts');
    const sdk = await startSdk({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SERVICE_NAME: 'bench' } });
    flush = () => sdk.forceFlush();
  }
  if (each === 'official') flush = await startOfficial(url);
  const listener = await FRAMEWORKS[framework]?.(each === 'otelier');
  const server = (require('node:http') as typeof import('node:http')).createServer(listener);
  server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
  let before = process.cpuUsage();
  for await (const line of createInterface({ input: process.stdin })) {
    await flush();
    if (line === 'start') before = process.cpuUsage();
    const { user, system } = process.cpuUsage(before);
    console.log(user + system);
  }
}

async function startOfficial(url: string): Promise<() => Promise<unknown>> {
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = url;
  process.env['OTEL_SERVICE_NAME'] = 'bench';
  process.env['OTEL_METRICS_EXPORTER'] = 'otlp';
  const { metrics } = await import('@opentelemetry/api');
  const { registerInstrumentations } = await import('@opentelemetry/instrumentation');
  const { HttpInstrumentation } = await import('@opentelemetry/instrumentation-http');
  const { ExpressInstrumentation } = await import('@opentelemetry/instrumentation-express');
  const { KoaInstrumentation } = await import('@opentelemetry/instrumentation-koa');
  const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const { MeterProvider, PeriodicExportingMetricReader } = await import('@opentelemetry/sdk-metrics');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
  const { registerOfficial } = await import('../../../../../test/e2e/sdk-conformance/official-api.ts');
  const tracerProvider = new TracerProvider({
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), maxQueueSize: 4096 })],
  });
  const reader = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() });
  const meterProvider = new MeterProvider({ readers: [reader] });
  registerOfficial(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
  registerInstrumentations({
    instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation(), new KoaInstrumentation()],
  });
  return () => Promise.all([tracerProvider.forceFlush(), meterProvider.forceFlush()]);
}

/**
 * Sends requests on kept connections, several at once on each, and waits for all responses. With one at a time, the client
 * would wait for the slower variants, and the server would pay for waking it up.
 */
async function load(port: number, count: number): Promise<void> {
  const request = `GET /users/7?full=1 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: bench\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n`;
  let left = count;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const socket = connect(port, '127.0.0.1').setEncoding('latin1');
      await once(socket, 'connect');
      while (left > 0) {
        left -= AT_ONCE;
        socket.write(request.repeat(AT_ONCE));
        for (let received = ''; received.split('HTTP/1.1 200').length <= AT_ONCE; ) {
          const [chunk] = await once(socket, 'data');
          received += chunk;
        }
      }
      socket.destroy();
    }),
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
