import { integerOption, OptionError } from '../client/option-error.ts';
import type { Request } from '../delivery/contract.ts';
import { type Drain, type DrainContext, drainInOrder, type RequestBuffer } from '../delivery/drain.ts';
import { hexOf, IdPool } from '../trace/ids.ts';
import { joined } from '../wire/join.ts';
import { type StoredRequest, WriteAhead } from './write-ahead.ts';

/** Options for an IndexedDB buffer. */
export interface IndexedDbBufferOptions {
  /** Name of the database. Buffers for different endpoints need different names. Default `otelier`. */
  readonly name?: string;
  /**
   * Maximum total size of a page's requests, in bytes. Further requests are dropped and counted by the client. Default
   * 16 MiB.
   */
  readonly maxBytes?: number;
}

/**
 * Opens a buffer that stores requests in the browser until the server has accepted them, so that nothing is lost if the
 * network is down or the page is closed. Each page of an origin sends its own requests. Those of closed pages are
 * adopted by the next page that opens the buffer. The client that uses the buffer closes it.
 */
export async function openIndexedDbBuffer(options: IndexedDbBufferOptions = {}): Promise<RequestBuffer> {
  const { name = 'otelier' } = options;
  const maxBytes = integerOption('maxBytes', options.maxBytes, 16 * MIB, 1024, 2 ** 40);
  if (globalThis.indexedDB === undefined) throw new OptionError('openIndexedDbBuffer: this runtime has no IndexedDB');
  const database = await openDatabase(name);
  const ids = new IdPool();
  // Not `randomUUID`, which requires a secure context.
  const offset = ids.take();
  const owner = hexOf(ids.view, offset, 16);
  const release = await holdLock(`${name} ${owner}`);
  // Order matters: an owner found in the database acquired its lock earlier, so if the lock is free now, the owner is
  // closed.
  const writeAhead = new WriteAhead(name);
  const owners = new Set([...(await ownersIn(database)), ...writeAhead.owners()]);
  const closedOwners = owners.difference(await liveOwners(name));
  const held = await adoptRequests(database, writeAhead, closedOwners, owner);
  return new IndexedDbBuffer(database, writeAhead, owner, maxBytes, held, release);
}

interface Counts {
  requests: number;
  items: number;
  bytes: number;
}

class IndexedDbBuffer implements RequestBuffer {
  readonly #database: IDBDatabase;
  readonly #writeAhead: WriteAhead;
  readonly #owner: string;
  readonly #maxBytes: number;
  readonly #counts: Counts;
  readonly #release: () => void;
  #sequence = 0;
  #first: { readonly key: IDBValidKey; readonly request: Request } | undefined;

  constructor(
    database: IDBDatabase,
    writeAhead: WriteAhead,
    owner: string,
    maxBytes: number,
    counts: Counts,
    release: () => void,
  ) {
    this.#database = database;
    this.#writeAhead = writeAhead;
    this.#owner = owner;
    this.#maxBytes = maxBytes;
    this.#counts = counts;
    this.#release = release;
  }

  get held(): RequestBuffer['held'] {
    return { ...this.#counts };
  }

  async append({ signal, itemCount, sizeBytes, parts }: Request): Promise<boolean> {
    if (this.#counts.bytes + sizeBytes > this.#maxBytes) return false;
    const id = `${this.#owner} ${String(this.#sequence++).padStart(12, '0')}`;
    const stored: StoredRequest = { owner: this.#owner, id, signal, itemCount, bytes: joined(parts) };
    this.#writeAhead.put(stored);
    try {
      const transaction = this.#database.transaction(STORE, 'readwrite', DURABLE);
      transaction.objectStore(STORE).add(stored);
      await completed(transaction);
    } catch (error) {
      if (isQuotaError(error)) return false;
      throw error;
    } finally {
      this.#writeAhead.remove(stored);
    }
    count(this.#counts, itemCount, sizeBytes, 1);
    return true;
  }

  async first(): Promise<Request | undefined> {
    if (this.#first === undefined) {
      const index = this.#database.transaction(STORE).objectStore(STORE).index(BY_OWNER);
      const cursor = await resultOf(index.openCursor(this.#owner));
      if (cursor === null) {
        // A page in a browser without locks may have adopted them.
        Object.assign(this.#counts, NOTHING);
        return undefined;
      }
      const { signal, itemCount, bytes } = cursor.value as StoredRequest;
      const request = { signal, itemCount, parts: [bytes], sizeBytes: bytes.length };
      this.#first = { key: cursor.primaryKey, request };
    }
    return this.#first.request;
  }

  async removeFirst(): Promise<void> {
    const removed = this.#first;
    if (removed === undefined) return;
    this.#first = undefined;
    const { itemCount, sizeBytes } = removed.request;
    count(this.#counts, itemCount, sizeBytes, -1);
    const transaction = this.#database.transaction(STORE, 'readwrite');
    transaction.objectStore(STORE).delete(removed.key);
    await completed(transaction);
  }

  drain(context: DrainContext): Drain {
    return drainInOrder(this, context);
  }

  async close(): Promise<void> {
    this.#database.close();
    this.#release();
  }
}

const MIB = 1024 * 1024;
const STORE = 'requests';
const BY_OWNER = 'owner';
const NOTHING: Readonly<Counts> = { requests: 0, items: 0, bytes: 0 };
/** Makes `append` resolve only once the data is on disk. */
const DURABLE: IDBTransactionOptions = { durability: 'strict' };

function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(STORE, { autoIncrement: true }).createIndex(BY_OWNER, BY_OWNER);
  };
  return resultOf(request);
}

/** Holds a lock until the result is called or the page is closed. Locks require a secure context. */
function holdLock(name: string): Promise<() => void> {
  const { promise: ended, resolve: release } = Promise.withResolvers<void>();
  const { locks } = navigator;
  if (locks === undefined) return Promise.resolve(release);
  return new Promise((resolve) => {
    void locks.request(name, () => {
      resolve(release);
      return ended;
    });
  });
}

/**
 * Returns the owners whose pages are open. Without locks they are unknown, and requests of other pages may be sent
 * twice.
 */
async function liveOwners(name: string): Promise<ReadonlySet<string>> {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return new Set(held.flatMap((lock) => (lock.name?.startsWith(`${name} `) ? lock.name.slice(name.length + 1) : [])));
}

async function ownersIn(database: IDBDatabase): Promise<string[]> {
  const owners: string[] = [];
  const transaction = database.transaction(STORE);
  const request = transaction.objectStore(STORE).index(BY_OWNER).openKeyCursor(undefined, 'nextunique');
  request.onsuccess = () => {
    const cursor = request.result;
    if (cursor === null) return;
    owners.push(String(cursor.key));
    cursor.continue();
  };
  await completed(transaction);
  return owners;
}

/**
 * Assigns all requests of closed pages to a new owner: first those in the database, then those that were not saved
 * there. Uses a single transaction, so that no other page adopts them too.
 */
async function adoptRequests(
  database: IDBDatabase,
  writeAhead: WriteAhead,
  closedOwners: ReadonlySet<string>,
  owner: string,
): Promise<Counts> {
  const counts: Counts = { ...NOTHING };
  if (closedOwners.size === 0) return counts;
  const unsaved = writeAhead.of(closedOwners);
  const transaction = database.transaction(STORE, 'readwrite', DURABLE);
  const store = transaction.objectStore(STORE);
  const inDatabase = new Set<string>();
  const request = store.openCursor();
  request.onsuccess = () => {
    const cursor = request.result;
    if (cursor === null) {
      for (const stored of unsaved) if (!inDatabase.has(stored.id)) store.add(adopt(stored));
      return;
    }
    const stored = cursor.value as StoredRequest;
    if (closedOwners.has(stored.owner)) {
      inDatabase.add(stored.id);
      cursor.update(adopt(stored));
    }
    cursor.continue();
  };
  const adopt = (stored: StoredRequest): StoredRequest => {
    count(counts, stored.itemCount, stored.bytes.length, 1);
    return { ...stored, owner };
  };
  await completed(transaction);
  for (const stored of unsaved) writeAhead.remove(stored);
  return counts;
}

function count(counts: Counts, items: number, bytes: number, sign: 1 | -1): void {
  counts.requests += sign;
  counts.items += sign * items;
  counts.bytes += sign * bytes;
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'));
  });
}

function isQuotaError(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}
