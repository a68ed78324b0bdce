import type { Batch } from '@otelier/otlp';
import type { QueryCaller, Store } from '@otelier/store';
import { type Clock, systemClock } from '@otelier/transport/clock';
import type { TextSocket } from '@otelier/transport/text-socket';
import { type Context, Hono } from 'hono';
import type { DoctorReport, PipelineGraph, Status } from '../api/api.ts';
import type { FindIngestTarget } from '../api/ingest.ts';
import { jsonResponse } from '../api/json.ts';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem, problemOf } from '../api/problem.ts';
import type { RunProcessor } from '../cost/preview.ts';
import { ENDPOINTS } from '../endpoints/all.ts';
import type {
  ConfigurationEditor,
  Documents,
  Endpoint,
  EndpointContext,
  Notifications,
  PipelineInspector,
  Profiler,
  ReloadableConfiguration,
} from '../endpoints/endpoint.ts';
import type { RulesView } from '../prometheus/api/rules-view.ts';
import { parseParameters, type RawParameters } from '../request/parameters.ts';
import { readJsonBody } from '../request/request-body.ts';
import { STREAMS, type StreamSources } from '../streams/all.ts';
import { LogTail } from '../streams/log-tail.ts';
import { PipelineStream } from '../streams/pipeline-stream.ts';
import { TapStream } from '../streams/tap-stream.ts';
import { type StreamFailure, TextStreams } from '../streams/text-streams.ts';
import { BATCH_PATH, batchParameters, batchResponse } from './batch.ts';
import { compressResponse } from './compress-response.ts';
import { openApiDocument } from './openapi.ts';
import { loginPage, PAGE_HEADERS, servePage } from './page.ts';
import { QueryLimiter, type SlowQuery } from './query-limiter.ts';
import { type ConnectionInfo, createGate, type Gate, type Rejection, type SecurityOptions } from './security.ts';
import { createTailUpgrades } from './tail-upgrades.ts';

/** Options for `createApi`. */
export interface ApiOptions extends SecurityOptions {
  /** Returns the store to query, or `undefined` if there is none. Called for every request. */
  readonly store: () => Store | undefined;
  /** Whether the process is starting, so that there is no store yet. */
  readonly isStarting?: () => boolean;
  readonly graph: () => PipelineGraph | Promise<PipelineGraph>;
  readonly status: () => Status | Promise<Status>;
  /** Subscribes to all log batches until the returned function is called. The listener never throws. */
  readonly subscribeLogs: (listener: (batch: Batch) => void) => () => void;
  /** The configuration of the process, which can be reloaded. */
  readonly configuration?: ReloadableConfiguration | undefined;
  /** Changes the configuration of the process. */
  readonly editor?: ConfigurationEditor | undefined;
  /** Keeps what the page saves. Called for every request, because it may follow the store. */
  readonly documents?: () => Documents | undefined;
  /** Explains what the running pipeline does. */
  readonly inspector?: PipelineInspector | undefined;
  /** Finds the pipeline for telemetry that the API receives. Without it, the API receives none. */
  readonly ingest?: FindIngestTarget | undefined;
  /** Checks the process. Observes counters and telemetry for some time. */
  readonly diagnose?: ((observedMillis: number) => Promise<DoctorReport>) | undefined;
  readonly profiler?: Profiler | undefined;
  /** What alerts are sent to receivers, and Alertmanager's API over it. Called for every request, because it may be replaced. */
  readonly notifications?: () => Notifications | undefined;
  /** Returns how the service level objectives are met. */
  readonly slos?: EndpointContext['slos'];
  /** Returns the rules that the process evaluates, if it does. Called for every request. */
  readonly rules?: () => RulesView | undefined;
  /** Passes requests to a processor, to preview a rule. */
  readonly runProcessor?: RunProcessor | undefined;
  /** Returns the process's own statistics over time. */
  readonly past?: EndpointContext['past'];
  readonly clock?: Clock;
  /** Directory of the built dashboard page. Without it, visitors see build instructions. */
  readonly pageDirectory?: string | undefined;
  /**
   * Called with internal errors. Clients receive only a generic message. By default, errors are logged to standard
   * error.
   */
  readonly onError?: (error: unknown, during: string) => void;
  /** Called with queries that took long, at most once in ten seconds. */
  readonly onSlowQuery?: (query: SlowQuery) => void;
  /** Called once for each export or trace whose response ended early. By default, `onError` is called. */
  readonly onStreamFailure?: (failure: StreamFailure) => void;
}

/** The API and the page as a function that maps requests to responses. */
export interface Api {
  /** Whether requests require credentials. */
  readonly authenticated: boolean;
  /** Handles a request. Never rejects. */
  fetch(request: Request, connection?: ConnectionInfo): Promise<Response>;
  /** Handles a request for a WebSocket: returns what serves it, or the response if it is rejected. Never rejects. */
  upgrade(request: Request, connection: ConnectionInfo): Promise<((socket: TextSocket) => void) | Response>;
  /** Ends all event streams and rejects new ones. Idempotent. */
  close(): void;
  /** Fails all running queries with `unavailable`. */
  abandon(): void;
}

interface Env {
  readonly Bindings: { readonly connection: ConnectionInfo };
}

/** The APIs of other servers, which are loaded by their first request. */
const QUERY_APIS = {
  '/prometheus/*': async () => (await import('../prometheus/api/router.ts')).handlePrometheus,
  '/loki/*': async () => (await import('../loki/api/router.ts')).handleLoki,
  '/tempo/*': async () => (await import('../tempo/router.ts')).handleTempo,
  '/jaeger/*': async () => (await import('../jaeger/router.ts')).handleJaeger,
  '/api/traces': async () => (await import('../jaeger/router.ts')).handleJaeger,
};

/** Creates the API for a store: JSON under `/api/v1`, `/openapi.json`, `/healthz`, and the page at all other paths. */
export function createApi(options: ApiOptions): Api {
  const { clock = systemClock, onError = (error, during) => console.error(`${during}:`, error) } = options;
  const { onStreamFailure = ({ path, error }) => onError(error, path) } = options;
  const gate = createGate(options);
  const app = new Hono<Env>();
  const textStreams = (name: string, slots: number): TextStreams =>
    new TextStreams({ clock, slots, name, onFailure: onStreamFailure });
  const context = {
    ...contextOf(options, clock),
    traces: textStreams('traces', LIMITS.streamClients),
  };
  const sources: StreamSources = {
    store: context.store,
    exports: textStreams('exports', LIMITS.runningExports),
    traces: context.traces,
    address: '',
    nowMillis: context.nowMillis,
    logTail: new LogTail({ clock, subscribe: options.subscribeLogs, onError: (error) => onError(error, 'live tail') }),
    tapStream: new TapStream({ clock, onError: (error) => onError(error, 'tap') }),
    inspector: context.inspector,
    authenticated: gate.authenticated,
    pipelineStream: new PipelineStream({
      clock,
      graph: options.graph,
      onError: (error) => onError(error, 'pipeline stream'),
    }),
  };
  let closed = false;

  app.use(async (c, next) => {
    const rejection = gate.check(c.req.raw, c.env.connection);
    if (rejection === undefined) await next();
    else c.res = rejectionResponse(rejection);
    for (const [name, value] of Object.entries(PAGE_HEADERS)) c.res.headers.set(name, value);
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
  });
  app.onError((error, c) => {
    const problem = problemOf(error);
    if (problem.code === 'internal') onError(error, `${c.req.method} ${c.req.path}`);
    return problem.toResponse();
  });
  const limiter = new QueryLimiter(clock, options.onSlowQuery);
  registerEndpoints(app, context, limiter, gate);
  app.post(BATCH_PATH, async (c) => {
    const { requests } = parseParameters(batchParameters, await readJsonBody(c.req.raw, LIMITS.bodyBytes));
    return batchResponse(requests, ENDPOINTS, async (path) =>
      app.fetch(partOf(c.req.raw, new URL(path, c.req.url)), { connection: c.env.connection }),
    );
  });
  for (const { path, parameters, open } of STREAMS) {
    app.get(path.replace(/\{(\w+)\}/g, ':$1'), async (c) => {
      const values = parseParameters(parameters, { ...queryOf(c), ...c.req.param() });
      if (closed) throw new ApiProblem('unavailable', 'otelier is shutting down');
      return await open(values, {
        ...sources,
        address: c.env.connection.remoteAddress ?? '',
        authenticated: gate.authenticated || gate.checkEdit(c.req.raw) === undefined,
      });
    });
  }
  app.get('/healthz', async () => {
    const { accepting } = await options.status();
    return Response.json({ accepting }, { status: accepting ? 200 : 503 });
  });
  let document: object | undefined;
  app.get('/openapi.json', () => {
    document ??= openApiDocument();
    return Response.json(document);
  });
  const { ingest = () => undefined } = options;
  const tails = createTailUpgrades({
    reject(request, connection) {
      const rejection = gate.check(request, connection);
      return rejection === undefined ? undefined : rejectionResponse(rejection);
    },
    contextOf: ({ signal }, { remoteAddress: client = '' }) => {
      const store = (): Store => storeFor(context.store(), { client, signal });
      return { store, nowMillis: context.nowMillis, clock, ingest };
    },
    run: ({ url }, { remoteAddress: client = '' }, query) =>
      limiter.run({ path: new URL(url).pathname, client, parameters: url }, query),
    subscribe: options.subscribeLogs,
    onError,
  });
  for (const path of ['/otlp/*', '/loki/otlp/*']) {
    app.all(path, async (c) => (await import('../otlp/receive.ts')).receiveOtlp(c.req.raw, ingest));
  }
  for (const [path, load] of Object.entries(QUERY_APIS)) {
    app.all(path, async (c) => {
      const handle = await load();
      const caller = { client: c.env.connection.remoteAddress ?? '', signal: c.req.raw.signal };
      const store = (): Store => storeFor(context.store(), caller);
      const limited = { path: c.req.path, client: caller.client, parameters: c.req.query() };
      return handle(
        c.req.raw,
        { store, nowMillis: context.nowMillis, clock, ingest, rules: options.rules ?? (() => undefined) },
        (query) => limiter.run(limited, query),
        (error) => onError(error, `${c.req.method} ${c.req.path}`),
      );
    });
  }
  app.all('/alertmanager/*', async (c) => {
    const problem = c.req.method === 'GET' ? undefined : gate.checkEdit(c.req.raw);
    if (problem !== undefined) throw problem;
    const notifications = context.notifications();
    if (notifications !== undefined) return notifications.handle(c.req.raw);
    throw new ApiProblem(
      'unavailable',
      'no notifications: expected an extension `alerting` with a `route` in the configuration, found none',
    );
  });
  app.all('/mcp', async (c) => {
    const { handleMcp } = await import('../mcp/http.ts');
    const { connection } = c.env;
    return handleMcp(c.req.raw, {
      version: (await options.status()).version,
      nowMillis: context.nowMillis,
      fetchApi: async (url, init) => app.fetch(partOf(c.req.raw, url, init), { connection }),
      onError,
    });
  });
  app.all('/api/*', (c) => {
    throw new ApiProblem('not_found', `path: expected one that /openapi.json lists, got ${c.req.method} ${c.req.path}`);
  });
  app.get('*', (c) => servePage(options.pageDirectory, c.req.raw));
  app.notFound((c) => new ApiProblem('not_found', `path: nothing to ${c.req.method} at ${c.req.path}`).toResponse());

  return {
    authenticated: gate.authenticated,
    fetch: async (request, connection = { localAddress: undefined }) =>
      compressResponse(request, await app.fetch(request, { connection })),
    upgrade: tails.upgrade,
    close() {
      closed = true;
      tails.close();
      sources.logTail.close();
      sources.pipelineStream.close();
      sources.tapStream.close();
    },
    abandon: () => limiter.abandon(),
  };
}

function registerEndpoints(app: Hono<Env>, context: EndpointContext, limiter: QueryLimiter, gate: Gate): void {
  for (const endpoint of ENDPOINTS) {
    app.on(endpoint.method, endpoint.path.replace(/\{(\w+)\}/g, ':$1'), async (c) => {
      const problem = endpoint.needsToken === true ? gate.checkEdit(c.req.raw) : undefined;
      if (problem !== undefined) throw problem;
      const parameters = parseParameters(endpoint.parameters, await rawParameters(endpoint, c));
      const client = c.env.connection.remoteAddress ?? '';
      const { signal } = c.req.raw;
      const accept = c.req.header('accept') ?? '';
      const request = {
        ...context,
        client,
        signal,
        accept,
        store: () => storeFor(context.store(), { client, signal }),
      };
      const query = { path: endpoint.path, client, parameters };
      return jsonResponse(await limiter.run(query, () => endpoint.handle(parameters, request)));
    });
  }
}

/** Returns the store for a caller, so that its queries end with its request. */
function storeFor(store: Store, caller: QueryCaller): Store {
  return store.for?.(caller) ?? store;
}

/** Returns a request, by default a GET, with the credentials of the request that asks for it. */
function partOf(outer: Request, url: URL, init: RequestInit = {}): Request {
  const headers = new Headers(outer.headers);
  for (const name of ['accept', 'content-type', 'content-length', 'accept-encoding']) headers.delete(name);
  for (const [name, value] of new Headers(init.headers)) headers.set(name, value);
  return new Request(url, { ...init, headers, signal: init.signal ?? outer.signal });
}

function contextOf(
  {
    store,
    isStarting,
    graph,
    status,
    configuration,
    editor,
    inspector,
    documents,
    notifications,
    diagnose,
    profiler,
    runProcessor,
    past,
    slos,
  }: ApiOptions,
  clock: Clock,
): Omit<EndpointContext, 'traces'> {
  return {
    graph,
    status,
    diagnose,
    profiler,
    runProcessor,
    past,
    slos,
    configuration() {
      if (configuration !== undefined) return configuration;
      throw new ApiProblem('unavailable', 'this process has no configuration that can be reloaded');
    },
    editor() {
      if (editor !== undefined) return editor;
      throw new ApiProblem('unavailable', 'this process has no configuration that can be edited');
    },
    inspector() {
      if (inspector !== undefined) return inspector;
      throw new ApiProblem('unavailable', 'this process has no pipeline to inspect');
    },
    notifications: () => notifications?.(),
    documents() {
      const found = documents?.();
      if (found !== undefined) return found;
      throw new ApiProblem('unavailable', 'this process has no directory for documents');
    },
    nowMillis: () => clock.now(),
    store() {
      const found = store();
      if (found !== undefined) return found;
      if (isStarting?.() === true) {
        throw new ApiProblem('unavailable', 'starting: the store is being opened; try again in a moment', {
          'retry-after': '1',
        });
      }
      throw new ApiProblem('unavailable', 'no store: expected an exporter `store` in the configuration, found none');
    },
  };
}

async function rawParameters(endpoint: Endpoint, c: Context<Env>): Promise<RawParameters> {
  return endpoint.method === 'post' ? readJsonBody(c.req.raw, LIMITS.bodyBytes) : { ...queryOf(c), ...c.req.param() };
}

/** Returns the query parameters: a string, or a list for a repeated name. */
function queryOf(c: Context<Env>): RawParameters {
  const lists = Object.entries(c.req.queries());
  return Object.fromEntries(lists.map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

function rejectionResponse(rejection: Rejection): Response {
  switch (rejection.kind) {
    case 'problem':
      return rejection.problem.toResponse();
    case 'login':
      return loginPage(rejection.wrongToken);
    case 'logged-in':
      return new Response(null, {
        status: 303,
        headers: { location: rejection.location, 'set-cookie': rejection.cookie },
      });
  }
}
