import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Status } from '@otelier/query';
import { type ApiServer, createApiOnDemand, serveApi } from '@otelier/query/serve';
import type { Store, StoreStats } from '@otelier/store';
import type { ComponentContext, Extension } from '../component/contract.ts';
import { defineExtension } from '../component/define.ts';
import { secret, z } from '../component/schema.ts';
import { VERSION } from '../component/version.ts';
import { formatList, suggestion } from '../config/nearest.ts';

const config = z.object({
  endpoint: z.string().min(1).prefault('127.0.0.1:4319').describe('Address to listen on: `host:port`.'),
  store: z.string().optional().describe('ID of the `store` exporter to read. Optional if there is only one.'),
  token: secret()
    .min(16)
    .optional()
    .describe('Bearer token that requests must have. Required for addresses other than loopback.'),
  allowedHosts: z
    .array(z.string().min(1))
    .prefault([])
    .describe('Additional host names under which browsers may open the page, such as `otel.example.com`.'),
  allowUnauthenticated: z
    .boolean()
    .prefault(false)
    .describe(
      'Whether to allow addresses other than loopback without a token. Every client that can connect can then read all telemetry.',
    ),
});

export const workbench = defineExtension({
  summary: 'Serves the workbench page and the query API of a store.',
  stability: 'beta',
  config,
  examples: [
    { title: 'On loopback', config: {} },
    {
      title: 'For a team, protected by a token',
      config: {
        endpoint: '0.0.0.0:4319',
        token: `\${env:OTELIER_TOKEN:-change-this-token}`,
        allowed_hosts: ['otel.example.com'],
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  create: (options, context) => new Workbench(options, context),
});

class Workbench implements Extension {
  readonly #config: z.output<typeof config>;
  readonly #context: ComponentContext;
  #server: ApiServer | undefined;
  #withdrawEndpoint: (() => void) | undefined;
  readonly #startedMillis: number;

  constructor(options: z.output<typeof config>, context: ComponentContext) {
    this.#config = options;
    this.#context = context;
    this.#startedMillis = context.clock.now();
  }

  async start(): Promise<void> {
    this.#checkStore();
    const { endpoint, token, allowedHosts, allowUnauthenticated } = this.#config;
    const { host, clock, id } = this.#context;
    const api = createApiOnDemand({
      store: () => this.#store(),
      graph: () => host.graph(),
      status: () => this.#status(),
      subscribeLogs: (listener) => host.subscribe({ signal: 'logs' }, listener),
      clock,
      token,
      allowedHosts,
      pageDirectory: pageDirectory(),
    });
    this.#server = await serveApi({ endpoint, api, allowUnauthenticated });
    this.#withdrawEndpoint = host.announce({ component: id, protocol: 'http', address: this.#server.address });
  }

  async shutdown(): Promise<void> {
    this.#withdrawEndpoint?.();
    this.#withdrawEndpoint = undefined;
    await this.#server?.shutdown();
    this.#server = undefined;
  }

  /** Checks `store` against the pipeline graph, because stores open after extensions. */
  #checkStore(): void {
    const { nodes } = this.#context.host.graph();
    const ids = [...new Set(nodes.filter(({ type }) => type === 'store').map(({ component }) => component))];
    const { store } = this.#config;
    if (store !== undefined && !ids.includes(store))
      throw new Error(
        `store: expected ${ids.length === 0 ? 'no value, because no pipeline has a `store` exporter' : formatList(ids)}, got "${store}"${suggestion(store, ids)}`,
      );
    if (store === undefined && ids.length > 1) throw new Error(`store: expected ${formatList(ids)}, got nothing`);
  }

  /** Returns the configured store, or the only one. */
  #store(): Store | undefined {
    const stores = this.#context.host.stores();
    return this.#config.store === undefined ? stores.values().next().value : stores.get(this.#config.store);
  }

  /** Returns the statistics of the store; `undefined` while a removed store is reopened. */
  async #stats(accepting: boolean): Promise<StoreStats | undefined> {
    try {
      return await this.#store()?.stats();
    } catch (error) {
      if (accepting) throw error;
      return undefined;
    }
  }

  async #status(): Promise<Status> {
    const { host, clock, id } = this.#context;
    const { accepting } = await host.checkHealth();
    const stats = await this.#stats(accepting);
    return {
      version: VERSION,
      startedMillis: this.#startedMillis,
      nowMillis: clock.now(),
      accepting,
      endpoints: host.endpoints().filter(({ component }) => component !== id),
      process: host.graph().process,
      store: stats && {
        sizeBytes: stats.sizeBytes,
        maxBytes: stats.maxBytes,
        oldestNanos: stats.oldest?.toString(),
        pendingRows: Object.values(stats.signals).reduce((sum, { pendingRows }) => sum + pendingRows, 0),
        journalBytes: stats.journalBytes,
        rows: Object.fromEntries(
          Object.entries(stats.signals).map(([signal, { rows, pendingRows }]) => [signal, rows + pendingRows]),
        ),
      },
    };
  }
}

/** Returns the directory of the built page, or `undefined` if it is not built. */
function pageDirectory(): string | undefined {
  const directory = join(dirname(fileURLToPath(import.meta.resolve('@otelier/dashboard/package.json'))), 'dist');
  return existsSync(join(directory, 'index.html')) ? directory : undefined;
}
