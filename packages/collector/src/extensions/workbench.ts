import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ApiServer, createApi, type Status, serveApi } from '@otelier/query';
import type { Store } from '@otelier/store';
import type { ComponentContext, Extension } from '../component/contract.ts';
import { defineExtension } from '../component/define.ts';
import { secret, z } from '../component/schema.ts';
import { formatList, suggestion } from '../config/nearest.ts';
import { VERSION } from '../version.ts';

/** Serves the page and the query API of a store in this configuration. */
export const workbench = defineExtension({
  summary: 'Serves the page and the query API of a store in this configuration.',
  stability: 'beta',
  config: z.object({
    endpoint: z.string().min(1).prefault('127.0.0.1:4319').describe('Address of the page and the API.'),
    store: z
      .string()
      .optional()
      .describe('Id of the `store` exporter to read. May be left out when there is only one.'),
    token: secret()
      .min(16)
      .optional()
      .describe('Bearer token that every request must carry. Required on any address but loopback.'),
    allowedHosts: z
      .array(z.string().min(1))
      .prefault([])
      .describe('Further names by which browsers may reach the page, such as `otel.example.com`.'),
    allowUnauthenticated: z
      .boolean()
      .prefault(false)
      .describe(
        'Whether it may listen on other addresses than loopback without a token. Everyone who reaches it then reads all telemetry.',
      ),
  }),
  examples: [
    { title: 'On loopback', config: {} },
    {
      title: 'For a team, behind a token',
      config: {
        endpoint: '0.0.0.0:4319',
        token: `\${env:OTELIER_TOKEN:-change-this-token}`,
        allowed_hosts: ['otel.example.com'],
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  create: (config, context) => new Workbench(config, context),
});

interface WorkbenchConfig {
  readonly endpoint: string;
  readonly store?: string | undefined;
  readonly token?: string | undefined;
  readonly allowedHosts: readonly string[];
  readonly allowUnauthenticated: boolean;
}

class Workbench implements Extension {
  readonly #config: WorkbenchConfig;
  readonly #context: ComponentContext;
  #server: ApiServer | undefined;
  #withdraw: (() => void) | undefined;
  readonly #startedMillis: number;

  constructor(config: WorkbenchConfig, context: ComponentContext) {
    this.#config = config;
    this.#context = context;
    this.#startedMillis = context.clock.now();
  }

  async start(): Promise<void> {
    this.#checkStore();
    const { endpoint, token, allowedHosts, allowUnauthenticated } = this.#config;
    const { host, clock, id } = this.#context;
    const api = createApi({
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
    this.#withdraw = host.announce({ component: id, protocol: 'http', address: this.#server.address });
  }

  async shutdown(): Promise<void> {
    this.#withdraw?.();
    this.#withdraw = undefined;
    await this.#server?.shutdown();
    this.#server = undefined;
  }

  /** Stores open after the extensions, so it is the plan that tells which there will be. */
  #checkStore(): void {
    const { nodes } = this.#context.host.graph();
    const ids = [...new Set(nodes.filter(({ type }) => type === 'store').map(({ component }) => component))];
    const { store } = this.#config;
    if (store !== undefined && !ids.includes(store))
      throw new Error(
        `store: expected ${ids.length === 0 ? 'the id of a `store` exporter in a pipeline, of which there is none' : formatList(ids)}, got "${store}"${suggestion(store, ids)}`,
      );
    if (store === undefined && ids.length > 1) throw new Error(`store: expected ${formatList(ids)}, got nothing`);
  }

  /** The store that the configuration names, or the only one there is. */
  #store(): Store | undefined {
    const stores = this.#context.host.stores();
    return this.#config.store === undefined ? stores.values().next().value : stores.get(this.#config.store);
  }

  async #status(): Promise<Status> {
    const { host, clock, id } = this.#context;
    const stats = await this.#store()?.stats();
    return {
      version: VERSION,
      startedMillis: this.#startedMillis,
      nowMillis: clock.now(),
      accepting: host.health().accepting,
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

/** The folder of the built page; `undefined` when it is not built (the API then says how to). */
function pageDirectory(): string | undefined {
  const directory = join(dirname(fileURLToPath(import.meta.resolve('@otelier/dashboard/package.json'))), 'dist');
  return existsSync(join(directory, 'index.html')) ? directory : undefined;
}
