import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Status } from '@otelier/query';
import { type AlertingMode, FixtureAlerting } from './alerting-api.ts';
import { certificates } from './certificates-api.ts';
import { cost, costAttributes, costPreview } from './cost-api.ts';
import { FixtureDocuments, type FixtureResponse } from './documents-api.ts';
import { errorCauses } from './error-causes-api.ts';
import { serviceGraph } from './graph-api.ts';
import { doctor, flameProfile, pipelineLedger, processHistory } from './health-api.ts';
import { FixtureIdentity, type FixtureRole } from './identity-api.ts';
import { logPatterns } from './log-patterns-api.ts';
import { attributes, facets, histogram, logFilter, logs } from './logs-api.ts';
import { labels, metrics, series } from './metrics-api.ts';
import { pipeline } from './pipeline-api.ts';
import { compareTraces, spanValues, traceHeatmap, traceReferences } from './populations-api.ts';
import { FixtureProtection, PURPOSES } from './protection-api.ts';
import { queryApi } from './query-api.ts';
import { redactionPreview } from './redaction-preview.ts';
import { senders } from './senders-api.ts';
import { releases, serviceDetail } from './service-api.ts';
import { Shop, type ShopLog } from './shop.ts';
import { heatmap, type RequestParams, red, routes, services, traces, WEIGHT } from './spans-api.ts';
import { matches, outline, trace } from './trace-api.ts';

/** Options for a fixture server. */
export interface FixtureOptions {
  readonly port?: number;
  /** Whether no telemetry has arrived yet, as on the first run. */
  readonly empty?: boolean;
  readonly minutes?: number;
  /** Whether there is also data of the same time on the previous day. */
  readonly hasDayBefore?: boolean;
}

/** A server that implements the page's API over a simulated shop, for development and view tests. */
export interface FixtureServer {
  readonly url: string;
  readonly shop: Shop;
  /** Makes requests with a matching path fail with this response. `undefined` removes the failure. */
  fail(path: RegExp | undefined, status?: number, code?: string, message?: string): void;
  /** Closes all connections and rejects new ones until it is called with `false`. */
  cut(off: boolean): void;
  /** Adds senders and certificates with hostile names. */
  setSenders(count: number): void;
  /** Configures what the gateway alerts on. */
  setAlerting(mode: AlertingMode): void;
  /** Makes people sign in: one with this role does. */
  setIdentity(role: FixtureRole | undefined): void;
  /** Reports to all live tails that records were skipped. */
  skip(count: number): void;
  /** Starts generating data on an empty server. */
  fill(): void;
  close(): Promise<void>;
}

const TRACE_PARTS: Readonly<Record<string, (shop: Shop, traceId: string, params: URLSearchParams) => unknown>> = {
  spans: trace,
  matches,
  references: traceReferences,
};
const DIST = join(import.meta.dirname, '..', 'dist');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Starts the server on loopback, by default on an ephemeral port. It also serves the built page. */
export async function startFixtureServer({
  port = 0,
  empty = false,
  minutes = 36,
  hasDayBefore = false,
}: FixtureOptions = {}): Promise<FixtureServer> {
  const startedMillis = Date.now() - minutes * 60_000;
  const state = {
    shop: new Shop(Date.now(), empty ? 0 : minutes, hasDayBefore),
    empty,
    off: false,
    senders: 0,
    failing: undefined as { path: RegExp; status: number; code: string; message: string } | undefined,
  };
  const streams = new Set<ServerResponse>();
  const tails = new Set<ServerResponse>();
  const documents = new FixtureDocuments();
  const alerting = new FixtureAlerting();
  const identity = new FixtureIdentity();
  const protection = new FixtureProtection(() => identity.permissions);
  const server = createServer(
    (request, response) =>
      void result(request, response).catch((error: unknown) =>
        send(response, 400, { error: { code: 'bad_request', message: String((error as Error).message) } }),
      ),
  );

  async function result(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (state.off) return void request.socket.destroy();
    const url = new URL(request.url ?? '/', 'http://fixture');
    if (!/^\/(?:api|prometheus|loki|tempo|alertmanager)\//.test(url.pathname)) return servePage(url.pathname, response);
    const path = url.pathname.replace('/api/v1', '');
    if (path === '/batch') return batch(await json<{ requests: string[] }>(request), response);
    if (path === '/pipeline/stream' && !isFailing(url))
      return stream(response, () => void event(response, 'pipeline', graph()));
    if (path === '/logs/tail' && !isFailing(url)) return tail(response, url.searchParams);
    const lines = isFailing(url) ? undefined : linesOf(path);
    if (lines !== undefined) return sendLines(response, lines);
    const posted = request.method === 'POST' ? await json<unknown>(request) : undefined;
    const { status: code, body } = alertsOf(request, url, posted) ?? resultOf(url, posted);
    send(response, code, body);
  }

  function alertsOf({ method, headers }: IncomingMessage, url: URL, posted: unknown): FixtureResponse | undefined {
    if (isFailing(url)) return undefined;
    return alerting.handle({ method, authorization: headers.authorization }, url, posted);
  }

  const isFailing = (url: URL): boolean => state.failing?.path.test(url.pathname) === true;

  function resultOf(url: URL, posted?: unknown): FixtureResponse {
    const { failing } = state;
    if (failing !== undefined && isFailing(url))
      return { status: failing.status, body: { error: { code: failing.code, message: failing.message } } };
    if (!state.empty) state.shop.advance(Date.now());
    const path = url.pathname.replace('/api/v1', '');
    const other =
      documents.handle(path, url.searchParams, posted) ??
      identity.handle(path, url.searchParams, posted) ??
      protection.handle(path, posted) ??
      queryApi(state.shop, url.pathname, url.searchParams, posted);
    if (other !== undefined) return other;
    if (path === '/profile/flame') return flameResponse(posted);
    const body = api(path, askOf(url.searchParams));
    if (body !== undefined) return { status: 200, body };
    return { status: 404, body: { error: { code: 'not_found', message: `${url.pathname} is not known` } } };
  }

  function batch({ requests }: { readonly requests: readonly string[] }, response: ServerResponse): void {
    const lines = requests.map((path, index) => ({ index, ...resultOf(new URL(path, 'http://fixture')) }));
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  function linesOf(path: string): readonly object[] | undefined {
    const traceId = /^\/traces\/([^/]+)\/outline$/.exec(path)?.[1];
    return traceId === undefined ? undefined : outline(state.shop, traceId);
  }

  const graph = (): unknown => pipeline(Date.now(), startedMillis, state.empty);

  function api(path: string, ask: RequestParams): unknown {
    const { shop } = state;
    const results: Readonly<Record<string, () => unknown>> = {
      '/status': () => status(),
      '/services': () => services(shop, ask),
      '/red': () => red(shop, ask),
      '/heatmap': () => heatmap(shop, ask),
      '/heatmap/traces': () => traceHeatmap(shop, ask),
      '/compare': () => compareTraces(shop, ask),
      '/routes': () => routes(shop, ask),
      '/errors/causes': () => errorCauses(shop, ask),
      '/services/detail': () => serviceDetail(shop, ask),
      '/releases': () => releases(shop, ask),
      '/service-graph': () => serviceGraph(shop, ask),
      '/traces': () => traces(shop, ask),
      '/logs': () => logs(shop, ask),
      '/logs/histogram': () => histogram(shop, ask),
      '/logs/facets': () => facets(shop, ask),
      // The tests compare what was asked.
      '/logs/export': () => ask.params.toString(),
      '/logs/patterns': () => logPatterns(shop, ask),
      '/attributes': () => attributes(shop, ask),
      '/attributes/values': () => spanValues(shop, ask),
      '/metrics': () => (state.empty ? { metrics: [] } : metrics(ask)),
      '/metrics/labels': () => labels(ask),
      '/metrics/series': () => series(shop, ask),
      '/cost': () => cost(shop, ask),
      '/cost/attributes': () => costAttributes(shop, ask),
      '/cost/preview': () => costPreview(shop, ask),
      '/redaction/preview': () => redactionPreview(ask.params.get('signal') ?? ''),
      '/pipeline': graph,
      '/pipeline/ledger': () => pipelineLedger(pipeline(Date.now(), startedMillis, state.empty)),
      '/process/history': () => processHistory(ask),
      '/doctor': doctor,
      '/certificates': () => certificates(state.empty, state.senders),
      '/senders': () => senders(state.empty, state.senders),
    };
    const [, traceId, part] = /^\/traces\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    if (traceId !== undefined) return TRACE_PARTS[part ?? 'spans']?.(shop, traceId, ask.params);
    return results[path]?.();
  }

  function status(): Status {
    const { spans, logs: records } = state.shop;
    return {
      version: '0.1.0',
      startedMillis,
      nowMillis: Date.now(),
      accepting: true,
      hasIdentity: identity.role !== undefined,
      endpoints: [
        { component: 'otlp', protocol: 'grpc', address: '127.0.0.1:4317' },
        { component: 'otlp', protocol: 'http', address: '127.0.0.1:4318' },
      ],
      process: { cpuCores: 0.09, rssBytes: 142e6, heapBytes: 3e7, externalBytes: 12e6, eventLoopDelayP99Millis: 2.1 },
      store: state.empty
        ? {
            sizeBytes: 0,
            maxBytes: 10e9,
            oldestNanos: undefined,
            pendingRows: 0,
            journalBytes: 0,
            rows: { traces: 0, logs: 0, metrics: 0 },
          }
        : {
            sizeBytes: 3.1e9,
            maxBytes: 10e9,
            oldestNanos: spans[0]?.startNanos,
            pendingRows: 1200,
            journalBytes: 4e6,
            rows: { traces: spans.length * WEIGHT, logs: records.length, metrics: 2e6 },
            purposes: PURPOSES,
            held: { holds: 2, files: 9, rows: 81_204, bytes: 4e6 },
          },
    };
  }

  function stream(response: ServerResponse, tick: () => void): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.flushHeaders();
    tick();
    const timer = setInterval(tick, 1000);
    streams.add(response);
    response.on('close', () => {
      clearInterval(timer);
      streams.delete(response);
    });
  }

  function tail(response: ServerResponse, params: URLSearchParams): void {
    const filter = logFilter(params);
    let seen = state.shop.logs.length;
    tails.add(response);
    response.on('close', () => tails.delete(response));
    stream(response, () => {
      state.shop.advance(Date.now());
      for (const log of state.shop.logs.slice(seen).filter((one: ShopLog) => filter(one))) event(response, 'log', log);
      seen = state.shop.logs.length;
    });
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get shop() {
      return state.shop;
    },
    fail(path, statusCode = 500, code = 'internal', message = 'it broke') {
      state.failing = path === undefined ? undefined : { path, status: statusCode, code, message };
    },
    cut(off) {
      state.off = off;
      if (off) server.closeAllConnections();
    },
    setSenders(count) {
      state.senders = count;
    },
    setAlerting(mode) {
      alerting.mode = mode;
    },
    setIdentity(role) {
      identity.role = role;
    },
    skip(count) {
      for (const response of tails) event(response, 'skipped', { count });
    },
    fill() {
      state.empty = false;
      state.shop = new Shop(Date.now(), 1);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function askOf(params: URLSearchParams): RequestParams {
  const number = (name: string, fallback: number): number => (params.has(name) ? Number(params.get(name)) : fallback);
  return {
    start: number('start', 0),
    end: number('end', Date.now() + 1000),
    steps: number('steps', 60),
    limit: number('limit', 100),
    params,
  };
}

async function json<T>(request: IncomingMessage): Promise<T> {
  return JSON.parse(Buffer.concat(await request.toArray()).toString());
}

function event(response: ServerResponse, name: string, data: unknown): void {
  response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function sendLines(response: ServerResponse, lines: readonly object[]): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  for (const line of lines) response.write(`${JSON.stringify(line)}\n`);
  response.end();
}

async function servePage(pathname: string, response: ServerResponse): Promise<void> {
  const name =
    extname(pathname) === '' || pathname.startsWith('/services/')
      ? 'index.html'
      : normalize(pathname).replace(/^\/+/, '');
  const file = await readFile(join(DIST, name)).catch(() => undefined);
  if (file === undefined) return void response.writeHead(404).end();
  response
    .writeHead(200, {
      'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
      'content-security-policy':
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    })
    .end(file);
}

/** Returns the response to a request that records a profile. A real server would wait. */
function flameResponse(posted: unknown): FixtureResponse {
  const { kind } = posted as { readonly kind: 'cpu' | 'heap' };
  return { status: 200, body: flameProfile(kind) };
}
