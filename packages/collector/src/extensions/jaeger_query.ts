import { type ApiServer, createApiOnDemand, serveApi } from '@otelier/query/serve';
import type { ComponentContext, Extension } from '../component/contract.ts';
import { defineExtension } from '../component/define.ts';
import { listenEndpoint } from '../component/fields/listen.ts';
import { ignored, z } from '../component/schema.ts';
import { VERSION } from '../component/version.ts';

const ONE_STORE = "every backend is otelier's store";
const config = z.object({
  storage: z
    .object({
      traces: z.string().min(1).describe('Name of a backend of `jaeger_storage`.'),
      tracesArchive: ignored(ONE_STORE),
      metrics: ignored('metrics of services are calculated from stored spans'),
    })
    .describe(`Names of backends; ${ONE_STORE}.`),
  http: z
    .object({
      endpoint: listenEndpoint().prefault('localhost:16686').describe('Address to listen on: `host:port`.'),
    })
    .prefault({})
    .describe('The server for the Jaeger UI. As in Jaeger, it needs no token.'),
  grpc: z
    .object({
      endpoint: listenEndpoint().prefault('localhost:16685').describe('Address to listen on: `host:port`.'),
      transport: ignored('the server listens on TCP', { effective: 'tcp' }),
      maxRecvMsgSizeMib: ignored('a request has at most 256 KiB'),
      maxConcurrentStreams: ignored('a connection has at most 100 calls at a time'),
      readBufferSize: ignored('buffers are those of Node.js'),
      writeBufferSize: ignored('buffers are those of Node.js'),
      keepalive: ignored('a connection without calls is closed after five minutes'),
      includeMetadata: ignored('queries do not depend on it'),
    })
    .prefault({})
    .describe('The server for gRPC without TLS: `jaeger.api_v3.QueryService`. The endpoint of `http` serves it, too.'),
  basePath: ignored('the API is at `/api`'),
  ui: ignored('the page of otelier is at the port of the workbench'),
  maxClockSkewAdjust: ignored('times of spans are as they were recorded', { effective: '0s' }),
  enableTracing: ignored('`service.telemetry.traces` traces otelier itself', { effective: false }),
  ai: ignored('it belongs to the UI of Jaeger'),
  otlpProxy: ignored('the UI of Jaeger sends no telemetry here'),
});

/** The query service of Jaeger 2's configuration. */
export const jaegerQuery = defineExtension({
  summary: "Serves Jaeger's query API on a port of its own, as configured for Jaeger 2.",
  stability: 'alpha',
  config,
  examples: [{ title: 'As in Jaeger', config: { storage: { traces: 'some_store' } } }],
  describe: ({ http, grpc }) => `${http.endpoint}, ${grpc.endpoint}`,
  listens: ({ http, grpc }) => [
    { path: ['http', 'endpoint'], endpoint: http.endpoint },
    { path: ['grpc', 'endpoint'], endpoint: grpc.endpoint },
  ],
  create: ({ http, grpc }, context) => new JaegerQuery({ http: http.endpoint, grpc: grpc.endpoint }, context),
});

/** Grace period for in-flight requests at shutdown. */
const SHUTDOWN_MILLIS = 1000;

/** The servers. Both serve the same API; a client expects its protocol at the port of that protocol. */
const PROTOCOLS = ['http', 'grpc'] as const;
type Protocol = (typeof PROTOCOLS)[number];

class JaegerQuery implements Extension {
  readonly #endpoints: Readonly<Record<Protocol, string>>;
  readonly #context: ComponentContext;
  readonly #servers: ApiServer[] = [];
  readonly #withdraw: (() => void)[] = [];

  constructor(endpoints: Readonly<Record<Protocol, string>>, context: ComponentContext) {
    this.#endpoints = endpoints;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { host, clock, id, logger } = this.#context;
    const startedMillis = clock.now();
    const api = createApiOnDemand({
      store: () => host.stores().values().next().value,
      isStarting: () => host.health().phase === 'starting',
      onSlowQuery: ({ path, ...query }) => logger.warn({ path, ...query }, `slow query: ${path}`),
      onStreamFailure: ({ path, client, error }) =>
        logger.warn({ path, client, reason: error.message }, 'response ended early'),
      graph: () => host.graph(),
      status: async () => ({
        ...{ version: VERSION, startedMillis, nowMillis: clock.now(), endpoints: [], store: undefined },
        ...{ accepting: (await host.checkHealth()).accepting, process: host.graph().process },
      }),
      subscribeLogs: () => () => undefined,
      clock,
    });
    // Only the Jaeger API, without its path.
    const jaeger: typeof api = { ...api, fetch: (request, connection) => api.fetch(atJaeger(request), connection) };
    for (const protocol of PROTOCOLS) {
      const server = await serveApi({ endpoint: this.#endpoints[protocol], api: jaeger, allowUnauthenticated: true });
      this.#servers.push(server);
      const { address } = server;
      logger.info({ address, protocol }, "Jaeger's query API listening");
      this.#withdraw.push(host.announce({ component: id, protocol, address }));
    }
  }

  async shutdown(): Promise<void> {
    for (const withdraw of this.#withdraw.splice(0)) withdraw();
    await Promise.all(this.#servers.splice(0).map((server) => server.shutdown(SHUTDOWN_MILLIS)));
  }
}

function atJaeger(request: Request): Request {
  const url = new URL(request.url);
  // Calls over gRPC are requests to the whole path.
  if (!url.pathname.startsWith('/jaeger/')) url.pathname = `/jaeger${url.pathname}`;
  return new Request(url, request);
}
