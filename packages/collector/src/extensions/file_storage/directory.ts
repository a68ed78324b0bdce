import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  DirectoryLockedError,
  type InMemory,
  type JournalQueue,
  lockDirectory,
  openJournalQueue,
  openStateFile,
  type StateFile,
} from '@otelier/journal';
import type { Signal } from '@otelier/otlp';
import type { ComponentContext } from '../../component/contract.ts';
import type { EncryptionConfig } from '../../component/encryption/encryption-config.ts';
import { openStorageEncryption, type StorageEncryption } from '../../component/encryption/storage-encryption.ts';
import type { Shared } from '../../component/host.ts';
import { type BatchInMemory, BatchQueue } from '../../component/storage/batch-queue.ts';
import type {
  DurableQueue,
  DurableQueueOptions,
  QueueDamage,
  StorageExtension,
  StorageOwner,
} from '../../component/storage/contract.ts';
import { RECORDS_SUFFIX, storageName } from './storage-name.ts';

/** The options of `StorageDirectory.open`. */
export interface StorageDirectoryOptions {
  /** How long to wait for the lock of the directory. */
  readonly timeoutMillis: number;
  /** Permissions of the directory if it is created; `undefined` if it must exist. */
  readonly createMode: number | undefined;
  readonly context: ComponentContext;
  /** How records and state files are encrypted; `undefined` if they are not. */
  readonly encryption?: EncryptionConfig | undefined;
}

/** The settings of open queues. */
export interface StorageSettings {
  readonly fsync: boolean;
  /** Maximum size of the files of a queue. */
  readonly maxBytes: number;
}

/** A queue of batches and its users. */
interface OpenQueue {
  readonly opening: Promise<JournalQueue<BatchInMemory>>;
  readonly users: Set<BatchQueue>;
}

/** The settings of an open queue that can change. */
type Configurable = Pick<JournalQueue<InMemory>, 'sync' | 'maxBytes' | 'close'>;

/** Largest segment of a queue. Space is freed a segment at a time. */
const MAX_SEGMENT_BYTES = 64 << 20;
const LOCK_RETRY_MILLIS = 50;

/** A locked directory of queues and state files. Extensions of one process with the same directory share it. */
export class StorageDirectory implements StorageExtension, Shared {
  readonly #directory: string;
  #unlock: () => void = () => {};
  /** Set when another process has opened the directory in spite of the lock. */
  #stolen: string | undefined;
  readonly #context: ComponentContext;
  #settings: StorageSettings = { fsync: true, maxBytes: Number.POSITIVE_INFINITY };
  readonly #queues = new Map<string, OpenQueue>();
  /** All open queues, by the name of their directory. */
  readonly #opened = new Map<string, Configurable>();
  readonly #states = new Set<StateFile>();
  #encryption: StorageEncryption | undefined;

  /** Locks a directory. Rejects with `DirectoryLockedError` if another process keeps it locked. */
  static async open(directory: string, options: StorageDirectoryOptions): Promise<StorageDirectory> {
    const { timeoutMillis, createMode, context } = options;
    if (createMode === undefined && !existsSync(directory)) {
      throw new Error(`directory: expected an existing directory, or create_directory: true, got ${directory}`);
    }
    mkdirSync(directory, { recursive: true, ...(createMode === undefined ? {} : { mode: createMode }) });
    const storage = new StorageDirectory(directory, context);
    await storage.#lock(timeoutMillis);
    if (options.encryption === undefined) return storage;
    try {
      storage.#encryption = await openStorageEncryption(directory, options.encryption, context);
    } catch (error) {
      storage.#unlock();
      throw error;
    }
    return storage;
  }

  private constructor(directory: string, context: ComponentContext) {
    this.#directory = directory;
    this.#context = context;
  }

  /** Whether records and state files are encrypted. */
  get isEncrypted(): boolean {
    return this.#encryption !== undefined;
  }

  /** Changes the settings of all queues. */
  configure(settings: StorageSettings): void {
    this.#settings = settings;
    for (const queue of this.#opened.values()) {
      queue.sync = settings.fsync;
      queue.maxBytes = settings.maxBytes;
    }
  }

  async openQueue(owner: StorageOwner, signal: Signal, options: DurableQueueOptions = {}): Promise<DurableQueue> {
    const name = storageName(owner, signal);
    const { onDamage = () => {} } = options;
    if (options.isExclusive && this.#queues.has(name)) throw new Error(usedTwice(owner));
    const found = this.#queues.get(name) ?? this.#open(name, options);
    let records: JournalQueue<BatchInMemory>;
    try {
      records = await found.opening;
    } catch (error) {
      this.#queues.delete(name);
      throw error;
    }
    const queue: BatchQueue = new BatchQueue(records, options.metadataKeys ?? [], {
      onDamage,
      checkOwned: () => {
        if (this.#stolen !== undefined) throw new Error(this.#stolen);
      },
      close: () => this.#close(name, found, queue),
    });
    found.users.add(queue);
    records.onReadable = () => {
      for (const user of found.users) user.onReadable();
    };
    return queue;
  }

  async openRecords(owner: StorageOwner, name: string): Promise<JournalQueue<InMemory>> {
    const directory = `${storageName(owner, name)}${RECORDS_SUFFIX}`;
    if (this.#opened.has(directory)) throw new Error(usedTwice(owner));
    return this.#openRecords<InMemory>(directory, {
      onDamage: ({ message }) => this.#context.logger.error(message),
      onReadError: (error) => this.#context.logger.error({ err: error }, 'cannot read stored records, retrying'),
    });
  }

  async openState(owner: StorageOwner, name = 'state'): Promise<StateFile> {
    const path = join(this.#directory, `${storageName(owner, name)}.state`);
    const report = (message: string) => this.#context.logger.error(message);
    const file = openStateFile(path, report, await this.#encryption?.stateCipher());
    this.#states.add(file);
    return {
      get value() {
        return file.value;
      },
      write: (value) => file.write(value),
      close: async () => {
        this.#states.delete(file);
        await file.close();
      },
    };
  }

  async close(): Promise<void> {
    for (const queue of [...this.#opened.values()]) await queue.close();
    for (const state of this.#states) await state.close();
    await this.#encryption?.close();
    this.#unlock();
  }

  async #lock(timeoutMillis: number): Promise<void> {
    const { clock, logger } = this.#context;
    const onStolen = (message: string) => {
      this.#stolen = message;
      logger.error(`${message}; no more batches are accepted`);
    };
    const end = clock.monotonic() + timeoutMillis;
    for (;;) {
      try {
        this.#unlock = lockDirectory(this.#directory, { onStolen });
        return;
      } catch (error) {
        if (!(error instanceof DirectoryLockedError) || clock.monotonic() >= end) throw error;
      }
      await new Promise<void>((resolve) => clock.setTimeout(resolve, LOCK_RETRY_MILLIS));
    }
  }

  #open(name: string, options: DurableQueueOptions): OpenQueue {
    const opened = { users: new Set<BatchQueue>(), opening: this.#openRecords<BatchInMemory>(name, options) };
    this.#queues.set(name, opened);
    return opened;
  }

  async #openRecords<T extends InMemory>(
    name: string,
    { onDamage, onReadError }: DurableQueueOptions,
  ): Promise<JournalQueue<T>> {
    const { fsync, maxBytes } = this.#settings;
    const queue = await openJournalQueue<T>({
      directory: join(this.#directory, name),
      sync: fsync,
      maxBytes,
      segmentBytes: Math.min(MAX_SEGMENT_BYTES, Math.ceil(maxBytes / 8)),
      onDamage: (damage: QueueDamage) => onDamage?.(damage),
      onReadError: (error) => onReadError?.(error),
      onClose: () => this.#opened.delete(name),
      cipher: this.#encryption?.queueCipher(name),
    });
    this.#opened.set(name, queue);
    return queue;
  }

  async #close(name: string, { opening, users }: OpenQueue, user: BatchQueue): Promise<void> {
    if (!users.delete(user) || users.size > 0) return;
    this.#queues.delete(name);
    await (await opening).close();
  }
}

function usedTwice({ id }: StorageOwner): string {
  return `storage: expected one instance of ${id}, got several: use it in one pipeline`;
}
