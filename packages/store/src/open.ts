import { resolve } from 'node:path';
import { JournalFullError, JournalRemovedError } from '@otelier/journal';
import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import { backupStore } from './backup/backup.ts';
import type { LegalHold, Store, StoreEvent, StoreHealth, StoreOptions, StoreStats } from './contract.ts';
import { type OpenKeys, openKeys, readerKeys, requireEncryption } from './encryption/open-encryption.ts';
import type { RecordEncryption } from './encryption/record-encryption.ts';
import { errorMessage } from './error-message.ts';
import { StoreHolds } from './holds/holds.ts';
import { keepOpen } from './keep-open.ts';
import { createStoreReader, type StoreReader, storeOf } from './read/reader.ts';
import { tenantDirectory } from './schema.ts';
import { withRejected } from './subjects/rejected-items.ts';
import { StoreSubjects } from './subjects/store-subjects.ts';
import { Availability } from './write/availability.ts';
import { ThreadClient } from './write/client.ts';
import type { Report } from './write/files/damaged.ts';
import type { LiveJournals } from './write/journals/live-journals.ts';
import { encodeRecord } from './write/journals/record.ts';
import { openJournals, prepareDirectory } from './write/open-directory.ts';
import { canWrite, describeWriteError } from './write/probe.ts';
import { createSnapshotAccess } from './write/snapshots.ts';
import { machineClock } from './write/store-clock.ts';
import { type SizesInUse, StoreTenants } from './write/tenants/store-tenants.ts';
import { markEncrypted } from './write/version.ts';

const DAY_MILLIS = 24 * 3_600_000;
const DEFAULTS = {
  retentionMillis: 7 * DAY_MILLIS,
  maxBytes: 10e9,
  rowsPerFile: 250_000,
  maxFileAgeMillis: 3_600_000,
} as const;

/** Interval at which failed writes are retried, in milliseconds. It is also sent to clients. */
const RETRY_MILLIS = 5000;
/**
 * Minimum interval between notifying the store thread of new records, in milliseconds. Queries notify it immediately.
 */
const NOTICE_MILLIS = 20;
/** File systems limit file names to 255 bytes. */
const MAX_TENANT_DIRECTORY_BYTES = 200;

/**
 * Opens or creates the store in a directory. Rejects with `StoreOpenError`, without changing anything, if another
 * process has it open, it was written by a newer version of the program, or the directory is not writable.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  return keepOpen((onRemoved) => openOnce(options, onRemoved), options.onEvent);
}

async function openOnce(options: StoreOptions, onRemoved: () => void): Promise<Store> {
  const directory = resolve(options.directory);
  let store: DurableStore | undefined;
  const report: Report = (message) => options.onEvent?.({ kind: 'error', message });
  const unlock = prepareDirectory(directory, (message) => store?.stop(message), report);
  let keys: OpenKeys | undefined;
  try {
    requireEncryption(directory, options.encryption);
    if (options.encryption !== undefined) {
      keys = await openKeys(directory, options.encryption, report);
      markEncrypted(directory);
    }
    const holds = new StoreHolds(directory, async (all) => store?.hold(all));
    const journals = await openJournals({ directory, segmentBytes: options.segmentBytes, report });
    const all = { ...DEFAULTS, ...definedOnly(options), directory };
    store = await DurableStore.start(all, journals, holds, keys, unlock, onRemoved);
    return compose(store);
  } catch (error) {
    await keys?.ring.close();
    unlock();
    throw error;
  }
}

type FullOptions = Required<Omit<StoreOptions, 'onEvent' | 'segmentBytes' | 'retention' | 'purposes' | 'encryption'>> &
  Pick<StoreOptions, 'onEvent' | 'retention' | 'purposes' | 'encryption'>;

/** Removes options that are `undefined`, so that the defaults apply. */
function definedOnly(options: StoreOptions): StoreOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as StoreOptions;
}

type StoreWriter = Pick<
  Store,
  | 'append'
  | 'settled'
  | 'flush'
  | 'backup'
  | 'stats'
  | 'health'
  | 'checkHealth'
  | 'close'
  | 'tenants'
  | 'subjects'
  | 'holds'
>;

/** Combines the write and read sides into a store. */
function compose(writer: DurableStore): Store {
  const { reader } = writer;
  const own: StoreWriter = {
    append: (batch) => writer.append(batch),
    settled: () => writer.settled(),
    flush: () => writer.flush(),
    backup: (directory) => writer.backup(directory),
    stats: () => writer.stats(),
    health: () => writer.health(),
    checkHealth: () => writer.checkHealth(),
    close: () => writer.close(),
    tenants: writer.tenants,
    subjects: writer.subjects,
    holds: writer.holds,
  };
  return storeOf(reader, own);
}

/** Appends to the journal and drives the store thread. */
class DurableStore implements StoreWriter {
  readonly reader: StoreReader;
  readonly tenants: StoreTenants;
  readonly subjects: StoreSubjects;
  readonly holds: StoreHolds;
  readonly #options: FullOptions;
  readonly #journals: LiveJournals;
  readonly #thread: ThreadClient;
  readonly #unlock: () => void;
  readonly #onRemoved: () => void;
  readonly #keys: OpenKeys | undefined;
  readonly #sealing: RecordEncryption | undefined;
  #lastAppend: Promise<unknown> = Promise.resolve();
  readonly #availability: Availability;
  #notice: NodeJS.Timeout | undefined;
  #probe: NodeJS.Timeout | undefined;
  /** Time of the last append attempt. */
  #triedAt = 0;
  #closing: Promise<void> | undefined;

  static async start(
    options: FullOptions,
    journals: LiveJournals,
    holds: StoreHolds,
    keys: OpenKeys | undefined,
    unlock: () => void,
    onRemoved: () => void,
  ): Promise<DurableStore> {
    const availability = new Availability((health) =>
      options.onEvent?.(health.kind === 'ok' ? { kind: 'resumed' } : { kind: 'unavailable', reason: health.reason }),
    );
    const { directory, retentionMillis, maxBytes, retention, purposes, rowsPerFile, maxFileAgeMillis } = options;
    const sizes: SizesInUse = { current: {} };
    const threadOptions = () => ({
      directory,
      tenantSizes: sizes.current,
      retentionMillis,
      maxBytes,
      ...{ retention, purposes },
      rowsPerFile,
      maxFileAgeMillis,
      retryMillis: RETRY_MILLIS,
      positions: journals.durable,
      firstPositions: journals.first,
      cutBytes: journals.cutBytes,
      keys: keys?.ring.keys.all,
      holds: holds.list(),
    });
    let store: DurableStore | undefined;
    try {
      const thread = await ThreadClient.start(threadOptions, {
        event: (event) => options.onEvent?.(event),
        discard: (journal, position) => {
          journals.discard(journal, position).catch((error) => {
            options.onEvent?.({
              kind: 'error',
              message: `journal ${journal} cannot give up segments: ${errorMessage(error)}`,
            });
          });
        },
        obstacle: (obstacle, reason) => {
          availability.set(obstacle, reason);
          // The store thread may be the first to notice that the directory was removed; appends are rejected from then
          // on.
          if (reason !== undefined) void store?.checkHealth();
        },
      });
      keys?.onChange((all) => thread.post({ kind: 'keys', keys: all }));
      await journals.leaveIfBehind(thread.stated);
      const sealing = keys && new (await import('./encryption/record-encryption.ts')).RecordEncryption(keys.ring);
      store = new DurableStore({
        options,
        journals,
        thread,
        keys,
        sealing,
        availability,
        unlock,
        onRemoved,
        sizes,
        holds,
      });
      store.tenants.continueRemovals();
      store.subjects.continueErasures();
      return store;
    } catch (error) {
      await journals.close();
      throw error;
    }
  }

  private constructor(parts: {
    readonly options: FullOptions;
    readonly journals: LiveJournals;
    readonly thread: ThreadClient;
    readonly availability: Availability;
    readonly unlock: () => void;
    readonly onRemoved: () => void;
    readonly sizes: SizesInUse;
    readonly keys: OpenKeys | undefined;
    readonly sealing: RecordEncryption | undefined;
    readonly holds: StoreHolds;
  }) {
    const { options, journals, thread } = parts;
    this.#options = options;
    this.#availability = parts.availability;
    this.#journals = journals;
    this.#thread = thread;
    this.#unlock = parts.unlock;
    this.#onRemoved = parts.onRemoved;
    this.#keys = parts.keys;
    this.#sealing = parts.sealing;
    const report = (message: string) => this.#event({ kind: 'error', message });
    this.holds = parts.holds;
    this.subjects = new StoreSubjects(options.directory, {
      ...{ journals, thread, report, settled: () => this.settled() },
      ...{ holds: () => parts.holds.list(), now: machineClock.now },
    });
    this.tenants = new StoreTenants(options.directory, parts.sizes, {
      ...{ journals, thread, report, settled: () => this.settled() },
      holds: () => parts.holds.list(),
      destroyKeys: async (tenant) => (await parts.keys?.ring.destroy(tenant)) ?? [],
    });
    const access = createSnapshotAccess(thread, () => journals.durable);
    this.reader = createStoreReader({ directory: options.directory, access, ...readerKeys(parts.keys, options) });
  }

  async append(batch: Batch): Promise<Outcome> {
    const reason = this.#availability.rejection;
    if (reason !== undefined) return { kind: 'retry', afterMillis: RETRY_MILLIS, reason };
    if (this.#closing !== undefined) return { kind: 'retry', afterMillis: undefined, reason: 'the store is closing' };
    if (tenantDirectory(batch.context.tenant).length > MAX_TENANT_DIRECTORY_BYTES) {
      return { kind: 'refused', reason: `expected a tenant's name of at most ${MAX_TENANT_DIRECTORY_BYTES} bytes` };
    }
    const removed = this.tenants.rejectionOf(batch.context.tenant);
    if (removed !== undefined) return { kind: 'refused', reason: removed };
    const rest = this.subjects.standingErasures.withoutSubjects(batch);
    return withRejected(await this.#appendRest(rest), batch.itemCount - rest.itemCount);
  }

  async #appendRest(batch: Batch): Promise<Outcome> {
    if (batch.sizeBytes === 0) return ACCEPTED;
    const preparing = this.#sealing?.prepare(batch.context.tenant);
    if (preparing === undefined) return this.#appendRecord(batch);
    const appended = preparing.then((reason): Outcome | Promise<Outcome> =>
      reason === undefined ? this.#appendRecord(batch) : { kind: 'retry', afterMillis: RETRY_MILLIS, reason },
    );
    this.#lastAppend = Promise.allSettled([this.#lastAppend, appended]);
    return appended;
  }

  async #appendRecord(batch: Batch): Promise<Outcome> {
    let record: readonly Uint8Array[];
    try {
      record = encodeRecord(batch);
    } catch (error) {
      // The next attempt would fail the same way.
      return { kind: 'refused', reason: `cannot encode the batch for the journal: ${errorMessage(error)}` };
    }
    this.#triedAt = performance.now();
    try {
      const journal = this.#journals.current;
      this.#lastAppend = journal.append(this.#sealing?.encrypt(record, journal.name, batch.context.tenant) ?? record);
      await this.#lastAppend;
    } catch (error) {
      return this.#appendFailed(error);
    }
    this.#availability.set('append', undefined);
    this.#notice ??= setTimeout(() => this.#notify(), NOTICE_MILLIS);
    return ACCEPTED;
  }

  async settled(): Promise<void> {
    // Appends settle in order.
    await this.#lastAppend.catch(() => undefined);
  }

  async flush(): Promise<void> {
    await this.settled();
    await this.#thread.request('flush', { positions: this.#journals.durable });
  }

  /** Keeps what legal holds match from now on. */
  async hold(holds: readonly LegalHold[]): Promise<void> {
    await this.#thread.request('hold', { positions: {}, holds });
  }

  backup(directory: string) {
    return backupStore(this.#options.directory, directory, { encryption: this.#options.encryption });
  }

  async stats(): Promise<StoreStats> {
    const { sizeBytes, oldest, ...own } = await this.#thread.request('stats', {
      positions: this.#journals.durable,
    });
    const { directory, maxBytes } = this.#options;
    return { directory, sizeBytes, maxBytes, oldest, ...own, journalBytes: this.#journals.bytesNotInFiles };
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  health(): StoreHealth {
    return this.#availability.health;
  }

  async checkHealth(): Promise<StoreHealth> {
    try {
      if (this.#closing === undefined) this.#journals.current.checkPresent();
    } catch (error) {
      if (error instanceof JournalRemovedError && this.#closing === undefined) this.#removed(error);
    }
    return this.health();
  }

  /** Rejects all further appends because another process writes to the directory. */
  stop(reason: string): void {
    this.#availability.set('owner', reason);
    this.#event({ kind: 'error', message: `${reason}; nothing is accepted until this process is restarted` });
  }

  #appendFailed(error: unknown): Outcome {
    if (error instanceof JournalFullError) {
      return { kind: 'retry', afterMillis: RETRY_MILLIS, reason: `the store is behind: ${error.message}` };
    }
    if (error instanceof RangeError) return { kind: 'refused', reason: error.message };
    if (error instanceof Error && error.cause instanceof JournalRemovedError) return this.#removed(error.cause);
    const reason = `the store cannot write: ${describeWriteError(error)}`;
    if (this.#availability.set('append', reason)) {
      const { directory } = this.#options;
      const advice = `free space for ${directory}; senders retry, and acknowledged data is safe`;
      this.#event({ kind: 'error', message: `${reason}; ${advice}` });
      this.#probeLater();
    }
    return { kind: 'retry', afterMillis: RETRY_MILLIS, reason };
  }

  /**
   * Probes the disk even without appends: a load balancer that uses health checks sends nothing until the store can
   * write.
   */
  #probeLater(): void {
    this.#probe = setTimeout(async () => {
      const isQuiet = performance.now() - this.#triedAt >= RETRY_MILLIS;
      if (isQuiet && (await canWrite(this.#options.directory))) this.#availability.set('append', undefined);
      if (this.#closing === undefined && this.#availability.isSet('append')) this.#probeLater();
    }, RETRY_MILLIS).unref();
  }

  #removed({ message }: JournalRemovedError): Outcome {
    const reason = `the store's directory is gone: ${message}`;
    if (this.#availability.set('directory', reason)) {
      this.#event({ kind: 'error', message: `${reason}; what it held is lost, and a new store is begun in its place` });
      this.#onRemoved();
    }
    return { kind: 'retry', afterMillis: RETRY_MILLIS, reason };
  }

  #notify(): void {
    this.#notice = undefined;
    this.#thread.post({ kind: 'durable', positions: this.#journals.durable });
  }

  async #shutDown(): Promise<void> {
    clearTimeout(this.#notice);
    clearTimeout(this.#probe);
    await this.reader.close();
    // Closing the journal waits for pending appends, so acknowledged data is on disk and is read at the next start.
    await this.#journals.close();
    await this.#thread.close();
    await this.#keys?.ring.close();
    this.#unlock();
  }

  #event(event: StoreEvent): void {
    this.#options.onEvent?.(event);
  }
}
