import type { Access } from '@otelier/identity';
import { ALLOW_ALL } from '@otelier/identity/access';
import type { Store } from '@otelier/store';
import { type Clock, systemClock } from '@otelier/transport/clock';
import { type Context, Hono } from 'hono';
import { jsonResponse } from '../api/json.ts';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem, problemOf } from '../api/problem.ts';
import { ENDPOINTS } from '../endpoints/all.ts';
import type { Endpoint, EndpointContext } from '../endpoints/endpoint.ts';
import type { RulesView } from '../prometheus/api/rules-view.ts';
import { parseParameters, type RawParameters } from '../request/parameters.ts';
import { readJsonBody } from '../request/request-body.ts';
import { onlyTenantOf, withTenant } from '../request/tenant.ts';
import { SCIM_ROUTES } from '../scim/routes.ts';
import { STREAMS, type StreamSources } from '../streams/all.ts';
import { LogTail } from '../streams/log-tail.ts';
import { PipelineStream } from '../streams/pipeline-stream.ts';
import { TapStream } from '../streams/tap-stream.ts';
import { TextStreams } from '../streams/text-streams.ts';
import { type Callers, callerRequest, createCallers } from './access/callers.ts';
import { guardIngest, storeFor } from './access/guarded-store.ts';
import { requirePlain } from './access/masking/masked-store.ts';
import { type Env, Routes } from './access/routes.ts';
import { registerSignIn } from './access/sign-in/routes.ts';
import type { Api, ApiOptions } from './api-options.ts';
import { BATCH_PATH, batchParameters, batchResponse } from './batch.ts';
import { compressResponse } from './compress-response.ts';
import { NO_DOCUMENTS } from './no-documents.ts';
import { openApiDocument } from './openapi.ts';
import { loginPage, PAGE_HEADERS, servePage } from './page.ts';
import { QueryLimiter } from './query-limiter.ts';
import { createGate, type Gate, type Rejection } from './security.ts';
import { createTailUpgrades } from './tail-upgrades.ts';

/** The APIs of other servers, which are loaded by their first request. */
const QUERY_APIS = {
  '/prometheus/*': async () => (await import('../prometheus/api/router.ts')).handlePrometheus,
  '/loki/*': async () => (await import('../loki/api/router.ts')).handleLoki,
  '/tempo/*': async () => (await import('../tempo/router.ts')).handleTempo,
  '/jaeger/*': async () => (await import('../jaeger/router.ts')).handleJaeger,
  '/api/traces': async () => (await import('../jaeger/router.ts')).handleJaeger,
};

const ALERTMANAGER = {
  method: 'ALL',
  path: '/alertmanager/*',
  permission: 'telemetry:read',
  writing: 'alerts:write',
} as const;

/** Creates the API for a store: JSON under `/api/v1`, `/openapi.json`, `/healthz`, and the page at all other paths. */
export function createApi(options: ApiOptions): Api {
  const { clock = systemClock, onError = (error, during) => console.error(`${during}:`, error) } = options;
  const { onStreamFailure = ({ path, error }) => onError(error, path) } = options;
  const gate = createGate(options);
  const app = new Hono<Env>();
  const routes = new Routes(app, (request) => gate.checkEdit(request) === undefined);
  const callers = createCallers(options);
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
    access: ALLOW_ALL,
    administration: callers.administration,
    seesPlainValues: false,
    pipelineStream: new PipelineStream({
      clock,
      graph: options.graph,
      onError: (error) => onError(error, 'pipeline stream'),
    }),
  };
  let closed = false;

  app.use(async (c, next) => {
    const rejection = gate.check(c.req.raw, c.env.connection);
    if (rejection === undefined) {
      c.set('caller', callers.identify(c));
      await next();
      callers.record(c);
    } else c.res = rejectionResponse(rejection);
    const { headers } = c.res;
    for (const [name, value] of Object.entries(PAGE_HEADERS)) if (!headers.has(name)) headers.set(name, value);
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  });
  app.onError((error, c) => {
    const problem = problemOf(error);
    if (problem.code === 'internal') onError(error, `${c.req.method} ${c.req.path}`);
    return problem.toResponse();
  });
  const limiter = new QueryLimiter(clock, options.onSlowQuery, options.tenants);
  registerEndpoints(routes, context, { limiter, gate, callers });
  routes.add({ method: 'POST', path: BATCH_PATH, permission: 'any caller' }, async (c) => {
    const { requests } = parseParameters(batchParameters, await readJsonBody(c.req.raw, LIMITS.bodyBytes));
    return batchResponse(requests, ENDPOINTS, async (path) =>
      app.fetch(partOf(c.req.raw, new URL(path, c.req.url)), innerEnv(c)),
    );
  });
  for (const { path, permission, scope, parameters, open } of STREAMS) {
    routes.add({ method: 'GET', path: pathOf(path), permission, scope }, async (c) => {
      const access = c.get('access');
      const { remoteAddress: address = '' } = c.env.connection;
      const values = withTenant(parameters, parseParameters(parameters, { ...queryOf(c), ...c.req.param() }), access);
      if (closed) throw new ApiProblem('unavailable', 'otelier is shutting down');
      return await open(values, {
        ...sources,
        store: () => storeFor(context.store(), { client: address, signal: c.req.raw.signal }, access, options.tenants),
        address,
        access,
        administration: callers.administration,
        seesPlainValues:
          access.kind === 'local'
            ? gate.authenticated || gate.checkEdit(c.req.raw) === undefined
            : access.can('restricted:read'),
      });
    });
  }
  routes.add({ method: 'GET', path: '/healthz', permission: 'public' }, async () => {
    const { accepting } = await options.status();
    return Response.json({ accepting }, { status: accepting ? 200 : 503 });
  });
  let document: object | undefined;
  routes.add({ method: 'GET', path: '/openapi.json', permission: 'any caller' }, () => {
    document ??= openApiDocument();
    return Response.json(document);
  });
  const { ingest = () => undefined } = options;
  const tails = createTailUpgrades({
    admit(request, connection) {
      const rejection = gate.check(request, connection);
      return rejection === undefined ? callers.admit(request, connection) : rejectionResponse(rejection);
    },
    contextOf: ({ signal }, { remoteAddress: client = '' }, access) => {
      const store = (): Store => storeFor(context.store(), { client, signal }, access, options.tenants);
      return { store, nowMillis: context.nowMillis, clock, ingest: guardIngest(ingest, access), access };
    },
    run: ({ url }, { remoteAddress: client = '' }, query) =>
      limiter.run({ path: new URL(url).pathname, client, parameters: url }, query),
    subscribe: options.subscribeLogs,
    onError,
  });
  for (const path of ['/otlp/*', '/loki/otlp/*']) {
    routes.add({ method: 'ALL', path, permission: 'telemetry:write' }, async (c) =>
      (await import('../otlp/receive.ts')).receiveOtlp(c.req.raw, guardIngest(ingest, c.get('access'))),
    );
  }
  for (const [path, load] of Object.entries(QUERY_APIS)) {
    // What a request reads or writes is known once it is parsed, so that the store and the pipelines are guarded as well.
    const permission = ['telemetry:read', 'telemetry:write'] as const;
    routes.add({ method: 'ALL', path, permission }, async (c) => {
      const handle = await load();
      const access = c.get('access');
      const caller = { client: c.env.connection.remoteAddress ?? '', signal: c.req.raw.signal };
      const store = (): Store => storeFor(context.store(), caller, access, options.tenants);
      const limited = { path: c.req.path, client: caller.client, parameters: c.req.query(), tenant: access.tenant };
      return handle(
        c.req.raw,
        {
          ...{ store, nowMillis: context.nowMillis, clock, access },
          ingest: guardIngest(ingest, access),
          rules: () => rulesOf(options.rules?.(), access),
        },
        (query) => limiter.run(limited, query),
        (error) => onError(error, `${c.req.method} ${c.req.path}`),
      );
    });
  }
  routes.add(ALERTMANAGER, async (c) => {
    const access = c.get('access');
    requirePlain(access, 'alerts');
    const problem = c.req.method === 'GET' ? undefined : checkEdit(c, gate);
    if (problem !== undefined) throw problem;
    const notifications = context.notifications();
    if (notifications !== undefined) return notifications.handle(c.req.raw, onlyTenantOf(access));
    throw new ApiProblem(
      'unavailable',
      'no notifications: expected an extension `alerting` with a `route` in the configuration, found none',
    );
  });
  routes.add({ method: 'ALL', path: '/mcp', permission: ['telemetry:read', 'operations:read'] }, async (c) => {
    const { handleMcp } = await import('../mcp/http.ts');
    return handleMcp(c.req.raw, {
      version: (await options.status()).version,
      nowMillis: context.nowMillis,
      fetchApi: async (url, init) => app.fetch(partOf(c.req.raw, url, init), innerEnv(c)),
      onError,
    });
  });
  for (const path of SCIM_ROUTES) {
    routes.add({ method: 'ALL', path, permission: 'people:manage', writing: 'people:manage' }, async (c) => {
      const { handleScim } = await import('../scim/handle-scim.ts');
      const { provisioning } = callers.administration();
      const access = c.get('access');
      return handleScim(c.req.raw, { access, provisioning, onError: (error) => onError(error, c.req.path) });
    });
  }
  routes.add({ method: 'ALL', path: '/api/*', permission: 'any caller' }, (c) => {
    throw new ApiProblem('not_found', `path: expected one that /openapi.json lists, got ${c.req.method} ${c.req.path}`);
  });
  registerSignIn(routes, callers);
  routes.add({ method: 'GET', path: '/*', permission: 'public' }, async (c) => {
    const redirected = await callers.redirectToSignIn(c);
    return redirected ?? servePage(options.pageDirectory, c.req.raw);
  });
  app.notFound((c) => new ApiProblem('not_found', `path: nothing to ${c.req.method} at ${c.req.path}`).toResponse());

  return {
    authenticated: gate.authenticated,
    routes: routes.declared(),
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

function registerEndpoints(
  routes: Routes,
  context: EndpointContext,
  { limiter, gate, callers }: { readonly limiter: QueryLimiter; readonly gate: Gate; readonly callers: Callers },
): void {
  for (const endpoint of ENDPOINTS) {
    const method = endpoint.method === 'get' ? 'GET' : 'POST';
    const { permission, scope } = endpoint;
    routes.add({ method, path: pathOf(endpoint.path), permission, scope }, async (c) => {
      const access = c.get('access');
      const problem = endpoint.needsToken === true ? checkEdit(c, gate) : undefined;
      if (problem !== undefined) throw problem;
      const parsed = parseParameters(endpoint.parameters, await rawParameters(endpoint, c));
      const parameters = withTenant(endpoint.parameters, parsed, access);
      if (endpoint.target !== undefined) c.set('target', String(parameters[endpoint.target]));
      const client = c.env.connection.remoteAddress ?? '';
      const { signal } = c.req.raw;
      const accept = c.req.header('accept') ?? '';
      const request = {
        ...context,
        client,
        signal,
        accept,
        access,
        caller: callerRequest(c.req.raw, c.env.connection),
        administration: callers.administration,
        findAdministration: () => callers.control()?.administration,
        documents: () => context.documents().of(access.tenant),
        store: () => storeFor(context.store(), { client, signal }, access, context.tenants),
      };
      const logged = endpoint.isPrivate === true ? {} : parameters;
      const query = { path: endpoint.path, client, parameters: logged, tenant: access.tenant };
      return jsonResponse(await limiter.run(query, () => endpoint.handle(parameters, request)));
    });
  }
}

/** Returns the rules of the tenant of a request. */
function rulesOf(rules: RulesView | undefined, { tenant, masked }: Access): RulesView | undefined {
  // Rules run without a reader, so that their alerts may show what this one must not see.
  if (masked.length > 0) return undefined;
  return rules && { groups: () => rules.groups().filter((group) => group.tenant === tenant) };
}

/** Checks the token for edits, which protects them where callers have no identity. */
function checkEdit(c: Context<Env>, gate: Gate): ApiProblem | undefined {
  return c.get('access').kind === 'local' ? gate.checkEdit(c.req.raw) : undefined;
}

/** Returns the environment of a request that another one makes, for the same caller. */
function innerEnv(c: Context<Env>): Env['Bindings'] {
  return { connection: c.env.connection, access: c.get('access') };
}

/** Returns an OpenAPI path template as a path of the router. */
function pathOf(template: string): string {
  return template.replace(/\{(\w+)\}/g, ':$1');
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
    listCertificates,
    profiler,
    runProcessor,
    findSensitive,
    past,
    slos,
    tryRules,
    tenants,
    compliance,
  }: ApiOptions,
  clock: Clock,
): Omit<EndpointContext, 'traces'> {
  return {
    graph,
    status,
    diagnose,
    listCertificates,
    profiler,
    runProcessor,
    findSensitive,
    past,
    slos,
    tryRules,
    tenants,
    compliance,
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
    documents: () => documents?.() ?? NO_DOCUMENTS,
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
