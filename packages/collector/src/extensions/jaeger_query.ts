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
  grpc: ignored('gRPC is served at the endpoint of `http`'),
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
  describe: ({ http }) => http.endpoint,
  listens: ({ http }) => [{ path: ['http', 'endpoint'], endpoint: http.endpoint }],
  create: (options, context) => new JaegerQuery(options.http.endpoint, context),
});

/** Grace period for in-flight requests at shutdown. */
const SHUTDOWN_MILLIS = 1000;

class JaegerQuery implements Extension {
  readonly #endpoint: string;
  readonly #context: ComponentContext;
  #server: ApiServer | undefined;
  #withdrawEndpoint: (() => void) | undefined;

  constructor(endpoint: string, context: ComponentContext) {
    this.#endpoint = endpoint;
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
    this.#server = await serveApi({ endpoint: this.#endpoint, api: jaeger, allowUnauthenticated: true });
    logger.info({ address: this.#server.address }, "Jaeger's query API listening");
    this.#withdrawEndpoint = host.announce({ component: id, protocol: 'http', address: this.#server.address });
  }

  async shutdown(): Promise<void> {
    this.#withdrawEndpoint?.();
    this.#withdrawEndpoint = undefined;
    await this.#server?.shutdown(SHUTDOWN_MILLIS);
    this.#server = undefined;
  }
}

function atJaeger(request: Request): Request {
  const url = new URL(request.url);
  // Calls over gRPC are requests to the whole path.
  if (!url.pathname.startsWith('/jaeger/')) url.pathname = `/jaeger${url.pathname}`;
  return new Request(url, request);
}
