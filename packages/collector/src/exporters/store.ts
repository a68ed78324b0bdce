import { resolve } from 'node:path';
import type { Batch, Outcome } from '@otelier/otlp';
import { openStore, openUnwritableStore, type Store, type StoreEvent } from '@otelier/store';
import type { Exporter, SignalContext } from '../component/contract.ts';
import { defineExporter } from '../component/define.ts';
import type { Lease } from '../component/host.ts';
import { byteSize, duration, z } from '../component/schema.ts';
import { formatByteSize } from '../component/units.ts';

/** Keeps telemetry in otelier's own columnar store on disk, where the page and the API read it. */
export const store = defineExporter({
  summary: 'Keeps telemetry in an embedded columnar store on disk, where the page and the API read it.',
  stability: 'beta',
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: z.object({
    directory: z
      .string()
      .min(1)
      .prefault('./.otelier')
      .describe('Folder of the store; made when missing. One process writes it at a time.'),
    retention: duration()
      .prefault('168h')
      .describe('Telemetry older than this is removed, a file at a time. 0 means never by age.'),
    maxSize: byteSize().prefault('10GB').describe('When the files exceed this together, the oldest are removed.'),
    readOnly: z
      .boolean()
      .prefault(false)
      .describe(
        'Opens a store that exists and writes nothing to its directory: it can be queried, telemetry is refused.',
      ),
    rowsPerFile: z
      .int()
      .min(1_000)
      .max(5_000_000)
      .prefault(250_000)
      .describe('Rows of one signal after which a file is written. Until then they are safe in the journal.'),
    maxFileAge: duration()
      .prefault('1h')
      .describe('A file is written at the latest when its oldest row waits this long.'),
  }),
  examples: [
    { title: 'Two weeks, at most 50 GB', config: { directory: './telemetry', retention: '336h', max_size: '50GB' } },
    { title: 'Defaults', config: {} },
  ],
  describe: ({ directory, maxSize }) => `${directory}, up to ${formatByteSize(maxSize)}`,
  create: (config, context) => new StoreExporter(config, context),
});

interface StoreConfig {
  readonly directory: string;
  readonly retention: number;
  readonly maxSize: number;
  readonly readOnly: boolean;
  readonly rowsPerFile: number;
  readonly maxFileAge: number;
}

/** One per signal; all of one folder share the store. */
class StoreExporter implements Exporter {
  readonly #config: StoreConfig;
  readonly #context: SignalContext;
  #lease: Lease<SharedStore> | undefined;

  constructor(config: StoreConfig, context: SignalContext) {
    this.#config = config;
    this.#context = context;
  }

  async start(): Promise<void> {
    const directory = resolve(this.#config.directory);
    const lease = await this.#context.host.share(`store:${directory}`, () => this.#open(directory));
    const { settings, offer } = lease.value;
    if (settings !== this.#settings()) {
      await lease.release();
      throw new Error(
        `directory: expected a folder of its own, got ${directory}, which another exporter keeps with other settings`,
      );
    }
    offer(this.#context.id);
    this.#lease = lease;
  }

  async consume(batch: Batch): Promise<Outcome> {
    const store = this.#lease?.value.store;
    if (store === undefined) return { kind: 'refused', reason: 'the store is closed' };
    const outcome = await store.append(batch);
    if (outcome.kind !== 'refused') this.#context.reportStatus(outcome.kind === 'retry' ? outcome.reason : undefined);
    return outcome;
  }

  async shutdown(): Promise<void> {
    const lease = this.#lease;
    this.#lease = undefined;
    await lease?.release();
  }

  async #open(directory: string): Promise<SharedStore> {
    const { readOnly, retention, maxSize, rowsPerFile, maxFileAge } = this.#config;
    const onEvent = (event: StoreEvent): void => this.#tell(event);
    const store = readOnly
      ? await openUnwritableStore(directory, onEvent)
      : await openStore({
          directory,
          retentionMillis: retention === 0 ? Number.POSITIVE_INFINITY : retention,
          maxBytes: maxSize,
          rowsPerFile,
          maxFileAgeMillis: maxFileAge,
          onEvent,
        });
    const offered = new Map<string, () => void>();
    return {
      store,
      settings: this.#settings(),
      offer: (id) => {
        if (!offered.has(id)) offered.set(id, this.#context.host.offerStore(id, store));
      },
      close: async () => {
        for (const withdraw of offered.values()) withdraw();
        await store.close();
      },
    };
  }

  #settings(): string {
    const { directory: _, ...rest } = this.#config;
    return JSON.stringify(rest);
  }

  #tell(event: StoreEvent): void {
    const { logger } = this.#context;
    switch (event.kind) {
      case 'file-written':
        logger.debug({ ...event }, 'Wrote a file of the store.');
        return;
      case 'file-removed':
        logger.info({ ...event }, `Removed a file of the store because of its ${event.reason}.`);
        return;
      case 'retention-held':
        logger.warn(
          { ...event },
          'retention limited: the clock jumped ahead or files expired while otelier was stopped',
        );
        return;
      case 'recovered':
        logger.info({ ...event }, 'Took up telemetry that the previous run had not yet put into files.');
        return;
      case 'error':
        logger.error(`${event.message.charAt(0).toUpperCase()}${event.message.slice(1)}.`);
        return;
      case 'unavailable':
        this.#context.reportStatus(event.reason);
        return;
      case 'resumed':
        this.#context.reportStatus(undefined);
        logger.info('store writable again');
        return;
    }
  }
}

/** An open store with what the exporters on it have to agree on. */
interface SharedStore {
  readonly store: Store;
  readonly settings: string;
  /** Makes the store known under the id of one of its exporters. Safe twice. */
  offer(id: string): void;
  close(): Promise<void>;
}
