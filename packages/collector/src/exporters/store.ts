import { join, resolve } from 'node:path';
import { openStore, openUnwritableStore, type RemovalReason, type StoreEvent, type StoreOptions } from '@otelier/store';
import { checkSharedPath } from '../component/check.ts';
import type { SignalContext } from '../component/contract.ts';
import { defineExporter } from '../component/define.ts';
import { encryption, storeEncryption } from '../component/encryption/encryption-config.ts';
import type { Lease } from '../component/host.ts';
import { byteSize, duration, z } from '../component/schema.ts';
import { formatByteSize } from '../component/units.ts';
import { DocumentFiles } from '../documents/document-files.ts';
import { purposesField, purposesOf } from './store/purposes.ts';
import { type SharedStore, StoreExporter } from './store/store-exporter.ts';
import { TenantSizesReport, tellRemovedTenants } from './store/tenant-sizes.ts';

/** Maximum age of signals without a limit of their own. */
const DEFAULT_AGE = '168h';

const limits = z
  .strictObject({
    maxAge: duration().optional().describe('Maximum age. 0 means no limit. Default: 168h.'),
    maxSize: byteSize()
      .optional()
      .describe('Maximum size of the files of the signal, within the `max_size` of all signals.'),
  })
  .optional();

const bySignal = z.strictObject({
  traces: limits.describe('Limits of traces.'),
  metrics: limits.describe('Limits of metrics.'),
  logs: limits.describe('Limits of logs.'),
  profiles: limits.describe('Limits of profiles.'),
});

const config = z.object({
  directory: z
    .string()
    .min(1)
    .prefault('./.otelier')
    .describe('Store directory. It is created if missing, and only one process can write to it.'),
  retention: z
    .union([duration(), bySignal], {
      error: 'expected a duration such as "168h", or limits by signal such as {traces: {max_age: 72h, max_size: 5GB}}',
    })
    .prefault(DEFAULT_AGE)
    .describe(
      'Maximum age of telemetry: older files are removed. 0 means no limit. Or limits by signal; signals without a limit are kept for 168h.',
    ),
  purposes: purposesField(),
  maxSize: byteSize()
    .prefault('10GB')
    .describe('Maximum total size of the files. When it is exceeded, the oldest files are removed.'),
  readOnly: z
    .boolean()
    .prefault(false)
    .describe(
      'Whether to open an existing store read-only, for queries. Telemetry is refused, and nothing is written.',
    ),
  rowsPerFile: z
    .int()
    .min(1_000)
    .max(5_000_000)
    .prefault(250_000)
    .describe('Number of rows per signal after which a file is written. Until then, they are kept in the journal.'),
  maxFileAge: duration().prefault('1h').describe('Age of the oldest row at which a file is written.'),
  encryption: encryption(),
});

export const store = defineExporter({
  summary: 'Stores telemetry on disk in the embedded columnar store, for the workbench page and the query API.',
  stability: 'beta',
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config,
  examples: [
    { title: 'Two weeks, at most 50 GB', config: { directory: './telemetry', retention: '336h', max_size: '50GB' } },
    {
      title: 'Traces for three days and at most 20 GB, logs for two weeks',
      config: {
        retention: { traces: { max_age: '72h', max_size: '20GB' }, logs: { max_age: '336h' } },
        max_size: '50GB',
      },
    },
    {
      title: 'Audit logs for a year, billing for ten, and what is only for debugging for a day',
      config: {
        purposes: {
          security: { attributes: { 'log.type': ['audit', 'login'] }, retention: '8760h' },
          billing: { services: ['invoices'], signals: ['logs'], retention: '87600h' },
          debugging: { attributes: { debug: '*' }, retention: '24h' },
        },
      },
    },
    {
      title: 'Encrypted, with keys of HashiCorp Vault',
      config: {
        encryption: {
          provider: 'vault',
          address: 'https://vault.example.com:8200',
          key: 'telemetry',
          token_file: '/run/secrets/vault-token',
        },
      },
    },
    { title: 'Defaults', config: {} },
  ],
  describe: ({ directory, maxSize }) => `${directory}, up to ${formatByteSize(maxSize)}`,
  check: (options, use) => checkSharedPath(options, 'directory', use),
  exclusive: ({ directory }) => [`store ${resolve(directory)}`],
  create(options, context) {
    tellRemovedTenants(resolve(options.directory), context);
    return new StoreExporter('store', context, () => acquireStore(options, context));
  },
});

type StoreConfig = z.output<typeof config>;

const REMOVAL_REASONS: Readonly<Record<RemovalReason, string>> = {
  age: 'older than the retention of the signal',
  'signal-size': 'max_size of the signal reached',
  'tenant-size': 'disk_bytes of the tenant reached',
  size: 'max_size reached',
};

/** Returns the store's options for a configured retention. */
function retentionOf(retention: StoreConfig['retention']): Pick<StoreOptions, 'retentionMillis' | 'retention'> {
  if (typeof retention === 'number') return { retentionMillis: ageOf(retention) };
  const bySignal = Object.entries(retention).map(([signal, { maxAge, maxSize } = {}]) => [
    signal,
    {
      ...(maxAge !== undefined && { maxAgeMillis: ageOf(maxAge) }),
      ...(maxSize !== undefined && { maxBytes: maxSize }),
    },
  ]);
  return { retention: Object.fromEntries(bySignal) };
}

function ageOf(millis: number): number {
  return millis === 0 ? Number.POSITIVE_INFINITY : millis;
}

/** Opens the store of a directory, or that of another exporter with the same settings. */
async function acquireStore(config: StoreConfig, context: SignalContext): Promise<Lease<OpenStore>> {
  const directory = resolve(config.directory);
  const lease = await context.host.share(`store:${directory}`, () => openDirectory(directory, config, context));
  const { settings, offer } = lease.value;
  if (settings !== settingsOf(config)) {
    await lease.release();
    throw new Error(
      `directory: expected a directory that no other exporter uses with different settings, got ${directory}`,
    );
  }
  offer(context.id);
  return lease;
}

/** An open store, and the settings that all of its exporters must agree on. */
interface OpenStore extends SharedStore {
  readonly settings: string;
  /** Registers the store under an exporter ID. Idempotent. */
  offer(id: string): void;
}

async function openDirectory(directory: string, config: StoreConfig, context: SignalContext): Promise<OpenStore> {
  const { readOnly, retention, maxSize, rowsPerFile, maxFileAge } = config;
  const { clock, logger, host } = context;
  let sizes: TenantSizesReport | undefined;
  const onEvent = (event: StoreEvent): void => {
    logEvent(event, context);
    if (event.kind === 'file-written' || event.kind === 'files-removed') sizes?.changed();
  };
  const encrypted = await storeEncryption(config.encryption, context.environment);
  const store = readOnly
    ? await openUnwritableStore(directory, onEvent, encrypted)
    : await openStore({
        directory,
        ...retentionOf(retention),
        purposes: purposesOf(config.purposes),
        maxBytes: maxSize,
        rowsPerFile,
        maxFileAgeMillis: maxFileAge,
        encryption: encrypted,
        onEvent,
      });
  // A read-only store may belong to another process, which writes beside it.
  const documents = readOnly
    ? undefined
    : new DocumentFiles({
        directory: join(directory, 'documents'),
        nowMillis: () => clock.now(),
        onDamage: (message) => logger.error(message),
      });
  sizes = new TenantSizesReport(`store:${directory}`, store, context);
  sizes.changed();
  const stopLimiting = host.tenants?.watchSizes((sizes) => {
    store.tenants?.limit(sizes).catch((error) => logger.error({ err: error }, 'sizes of tenants not applied'));
  });
  const offered = new Map<string, () => void>();
  return {
    store,
    settings: settingsOf(config),
    offer: (id) => {
      if (!offered.has(id)) offered.set(id, host.offerStore(id, store, documents));
    },
    close: async () => {
      for (const withdraw of offered.values()) withdraw();
      stopLimiting?.();
      await sizes?.close();
      await documents?.close();
      await store.close();
    },
  };
}

function settingsOf({ directory: _, ...rest }: StoreConfig): string {
  return JSON.stringify(rest);
}

function logEvent(event: StoreEvent, context: SignalContext): void {
  const { logger } = context;
  switch (event.kind) {
    case 'file-written':
      logger.debug({ ...event }, 'wrote store file');
      return;
    case 'files-removed':
      logger.info(
        { ...event, newest: new Date(Number(event.newest / 1_000_000n)).toISOString() },
        `removed store files: ${REMOVAL_REASONS[event.reason]}`,
      );
      return;
    case 'items-removed':
      logger.info({ ...event }, 'removed stored items: older than the retention of their purpose');
      return;
    case 'retention-held':
      logger.warn({ ...event }, 'retention limited: the clock jumped ahead or files expired while otelier was stopped');
      return;
    case 'recovered':
      logger.info({ ...event }, 'recovered telemetry from the journal');
      return;
    case 'error':
      logger.error(event.message);
      return;
    case 'unavailable':
      context.reportStatus(event.reason);
      return;
    case 'resumed':
      context.reportStatus(undefined);
      logger.info('store writable again');
      return;
  }
}
