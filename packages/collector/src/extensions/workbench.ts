import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AccessControl } from '@otelier/identity';
import { DEFAULT_TENANT, localContext, type Signal } from '@otelier/otlp';
import type { CertificatesResponse, ComplianceView, IngestTarget, Status } from '@otelier/query';
import { type ApiServer, apiEndpointError, createApiOnDemand, serveApi } from '@otelier/query/serve';
import type { PurposesStats, Store, StoreStats } from '@otelier/store';
import type { ComponentContext, Extension } from '../component/contract.ts';
import {
  type ConfigIssue,
  type ConfigUse,
  defineExtension,
  otherExtensions,
  type RunningComponent,
  suitableExtensions,
} from '../component/define.ts';
import { listenEndpoint } from '../component/fields/listen.ts';
import { serverAuth } from '../component/fields/server.ts';
import type { ExtensionInterface, Lease } from '../component/host.ts';
import { findNotifications } from '../component/notifications/find-notifications.ts';
import { secret, z } from '../component/schema.ts';
import { VERSION } from '../component/version.ts';
import { formatList, suggestion } from '../config/nearest.ts';
import { createInspector } from '../graph/tap/inspector.ts';
import { type SharedHistory, shareHistory } from '../history/share-history.ts';
import { tenantAccess } from '../tenants/tenant-access.ts';
import { createTenantsView } from '../tenants/tenants-view.ts';
import { findAlerting } from './alerting/offered-alerting.ts';

const config = z.object({
  endpoint: listenEndpoint().prefault('127.0.0.1:4319').describe('Address to listen on: `host:port`.'),
  store: z
    .string()
    .optional()
    .describe('ID of the `store` or `clickhouse_store` exporter to read. Optional if there is only one.'),
  token: secret()
    .min(16)
    .optional()
    .describe('Bearer token that requests must present. Required for non-loopback addresses.'),
  auth: serverAuth().describe(
    'The extension `identity`, which identifies callers and gives them permissions, instead of `token` and `edit_token`.',
  ),
  editToken: secret()
    .min(16)
    .optional()
    .describe(
      'Bearer token for edits of the configuration, which can run programs and write files. Default: a new one at each start, which otelier prints in a terminal.',
    ),
  allowedHosts: z
    .array(z.string().min(1))
    .prefault([])
    .describe('Additional host names under which browsers may open the page, such as `otel.example.com`.'),
  allowUnauthenticated: z
    .boolean()
    .prefault(false)
    .describe(
      'Whether to allow non-loopback addresses without a token. Every client that can connect can then read all telemetry.',
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
  check({ endpoint, store, token, auth, allowUnauthenticated }, use) {
    const { running } = use;
    const error = apiEndpointError(endpoint, token !== undefined || auth !== undefined || allowUnauthenticated);
    const stores = running?.filter(({ kind, type }) => kind === 'exporter' && STORES.has(type)).map(({ id }) => id);
    return [
      ...(error === undefined ? [] : [{ path: ['endpoint'], message: error }]),
      ...(stores === undefined ? [] : checkStore(store, stores)),
      ...checkIdentity(auth?.authenticator, token, use),
    ];
  },
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  create: (options, context) => new Workbench(options, context),
});

/** Exporters that provide a store. */
const STORES: ReadonlySet<string> = new Set(['store', 'clickhouse_store']);

/** Grace period for in-flight requests at shutdown, so that the process ends before a supervisor kills it. */
const SHUTDOWN_MILLIS = 1_000;

class Workbench implements Extension {
  readonly #config: z.output<typeof config>;
  readonly #context: ComponentContext;
  #server: ApiServer | undefined;
  #compliance: Promise<ComplianceView> | undefined;
  #past: Lease<SharedHistory> | undefined;
  #withdrawEndpoint: (() => void) | undefined;
  readonly #startedMillis: number;

  constructor(options: z.output<typeof config>, context: ComponentContext) {
    this.#config = options;
    this.#context = context;
    this.#startedMillis = context.clock.now();
  }

  async start(): Promise<void> {
    const { endpoint, token, auth, allowedHosts, allowUnauthenticated } = this.#config;
    const { host, clock, id, logger } = this.#context;
    const control = host.tenants && tenantAccess(host.tenants);
    const past = await shareHistory(host, clock, (message) => logger.warn(message));
    this.#past = past;
    const api = createApiOnDemand({
      store: () => this.#store(),
      isStarting: () => host.health().phase === 'starting',
      onSlowQuery: ({ path, ...query }) => logger.warn({ path, ...query }, `slow query: ${path}`),
      onStreamFailure: ({ path, client, error }) =>
        logger.warn({ path, client, reason: error.message }, 'response ended early'),
      graph: () => host.graph(),
      status: () => this.#status(),
      configuration: host.configuration,
      editor: host.editor,
      documents: () => {
        const found = this.#store();
        return found && host.documentsOf(found);
      },
      notifications: () => findNotifications(host, clock),
      inspector: createInspector(host, clock, logger),
      diagnose: host.diagnose,
      listCertificates: () => this.#listCertificates(),
      profiler: host.profiler,
      tenants: createTenantsView(
        host,
        clock,
        () => this.#store(),
        async (tenant) => findAlerting(host)?.removeTenant(tenant),
      ),
      compliance: () => this.#findCompliance(),
      runProcessor: host.runProcessor,
      findSensitive: host.findSensitive,
      rules: () => findAlerting(host)?.rules,
      slos: async () => (await findAlerting(host)?.alerting()?.slos()) ?? [],
      tryRules: (request, store, signal) => findAlerting(host)?.alerting()?.tryRules(request, store, signal),
      past: (request) => past.value.read(request),
      subscribeLogs: (listener) => host.subscribe({ signal: 'logs' }, listener),
      ingest: (signal, tenant) => this.#ingestTarget(signal, tenant),
      accessControl:
        auth === undefined ? control && (() => control) : () => accessControlOf(host.extension(auth.authenticator)),
      needsIdentity: auth !== undefined,
      clock,
      token,
      editToken: auth === undefined ? (this.#config.editToken ?? this.#editToken()) : undefined,
      allowedHosts,
      pageDirectory: pageDirectory(),
    });
    this.#server = await serveApi({ endpoint, api, allowUnauthenticated });
    this.#withdrawEndpoint = host.announce({ component: id, protocol: 'http', address: this.#server.address });
  }

  async shutdown(): Promise<void> {
    this.#withdrawEndpoint?.();
    this.#withdrawEndpoint = undefined;
    await this.#server?.shutdown(SHUTDOWN_MILLIS);
    this.#server = undefined;
    await this.#past?.release();
    this.#past = undefined;
  }

  /** Returns what the process does for data protection, which has searches that run in the background. */
  #findCompliance(): Promise<ComplianceView> {
    const { host, clock } = this.#context;
    this.#compliance ??= import('../compliance/create-compliance.ts').then(({ createCompliance }) =>
      createCompliance(
        host,
        clock,
        () => this.#store(),
        () => findAlerting(host)?.rules,
      ),
    );
    return this.#compliance;
  }

  async #listCertificates(): Promise<CertificatesResponse> {
    const { host, clock } = this.#context;
    const { listCertificates } = await import('../certificates/list-certificates.ts');
    return listCertificates(host.configuration?.setup() ?? { components: [] }, host, clock.now());
  }

  /** Returns the token for edits, which stays the same while the process runs. */
  #editToken(): string {
    const { host } = this.#context;
    host.editToken ??= randomBytes(24).toString('base64url');
    return host.editToken;
  }

  /** Returns the pipeline of a signal that ends in the store, for telemetry that enters on this port. */
  #ingestTarget(signal: Signal, tenant: string = DEFAULT_TENANT): IngestTarget | undefined {
    const { admission, clock, host } = this.#context;
    const exporter = this.#config.store ?? host.stores().keys().next().value;
    if (exporter === undefined || host.draining.aborted) return undefined;
    const input = host.pipelineInput(signal, exporter);
    return (
      input && {
        admit: (sizeBytes) => admission.admit(sizeBytes),
        consume: (bytes, itemCount) =>
          input.consume({
            signal,
            parts: [bytes],
            itemCount,
            sizeBytes: bytes.length,
            context: { ...localContext(clock.now()), tenant },
          }),
      }
    );
  }

  /** Returns the configured store, or the only store if none is configured. */
  #store(): Store | undefined {
    const stores = this.#context.host.stores();
    return this.#config.store === undefined ? stores.values().next().value : stores.get(this.#config.store);
  }

  /** Returns the store statistics, or `undefined` while a removed store is being reopened. */
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
        purposes: stats.purposes && purposesStatus(stats.purposes),
        held: stats.held,
      },
    };
  }
}

/** Returns the status of purposes. JSON has no infinite retention. */
function purposesStatus({ purposes, uncountedFiles, removedOthers, lastPassMillis }: PurposesStats) {
  const all = purposes.map(({ maxAgeMillis, ...rest }) => {
    return { ...rest, retentionMillis: Number.isFinite(maxAgeMillis) ? maxAgeMillis : undefined };
  });
  return { purposes: all, uncountedFiles, removedOthers, lastPassMillis };
}

/** Checks the store ID against the exporters in the pipelines that provide a store. */
function checkStore(store: string | undefined, ids: readonly string[]): readonly ConfigIssue[] {
  const issue = (message: string) => [{ path: ['store'], message }];
  if (store === undefined) return ids.length > 1 ? issue(`expected ${formatList(ids)}, got nothing`) : [];
  if (ids.includes(store)) return [];
  const expected =
    ids.length === 0 ? 'no value, because no pipeline has a `store` or `clickhouse_store` exporter' : formatList(ids);
  return issue(`expected ${expected}, got "${store}"${suggestion(store, ids)}`);
}

/** Checks that the extension which identifies callers is used, and is the only protection. */
function checkIdentity(id: string | undefined, token: string | undefined, use: ConfigUse): readonly ConfigIssue[] {
  const isIdentity = ({ type }: RunningComponent) => type === 'identity';
  if (id === undefined) {
    const [first] = suitableExtensions(use, isIdentity);
    const message = `expected auth: {authenticator: ${first}}, because otherwise the extension does not protect the page`;
    return first === undefined ? [] : [{ path: ['auth'], message }];
  }
  const ids = otherExtensions(id, use, isIdentity);
  if (ids !== undefined) {
    const expected = ids.length === 0 ? 'an extension `identity` of service.extensions' : formatList(ids);
    return [{ path: ['auth', 'authenticator'], message: `expected ${expected}, got "${id}"` }];
  }
  return token === undefined ? [] : [{ path: ['token'], message: 'expected no token together with auth' }];
}

/** Returns the access control that an extension offers; `undefined` until it has started. */
function accessControlOf(extension: ExtensionInterface | undefined): AccessControl | undefined {
  const offered = extension?.offers;
  const isControl = typeof offered === 'object' && offered !== null && 'signIn' in offered && 'record' in offered;
  return isControl ? (offered as AccessControl) : undefined;
}

/** Returns the directory of the built page, or `undefined` if it has not been built. */
function pageDirectory(): string | undefined {
  const directory = join(dirname(fileURLToPath(import.meta.resolve('@otelier/dashboard/package.json'))), 'dist');
  return existsSync(join(directory, 'index.html')) ? directory : undefined;
}
