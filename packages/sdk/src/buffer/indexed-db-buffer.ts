import { integerOption, OptionError } from '../client/option-error.ts';
import type { Request, RequestBuffer } from '../delivery/contract.ts';
import { type Drain, type DrainContext, drainInOrder } from '../delivery/drain.ts';
import { hexOf, IdPool } from '../trace/ids.ts';
import { joined } from '../wire/join.ts';
import { type Kept, WriteAhead } from './write-ahead.ts';

/** What an IndexedDB buffer is opened with. */
export interface IndexedDbBufferOptions {
  /** Of the database; buffers for different endpoints need different ones. Default `otelier`. */
  readonly name?: string;
  /** What the requests of a page may take; further ones are lost, and counted by the client. Default 16 MiB. */
  readonly maxBytes?: number;
}

/**
 * Keeps requests in the browser until the peer has them, so that nothing is lost while there is no network or the page is
 * closed. Pages of one origin keep apart and each sends its own; what a page has left that is gone, the next to open the
 * buffer takes over. The client that is given the buffer closes it.
 */
export async function openIndexedDbBuffer(options: IndexedDbBufferOptions = {}): Promise<RequestBuffer> {
  const { name = 'otelier' } = options;
  const maxBytes = integerOption('maxBytes', options.maxBytes, 16 * MIB, 1024, 2 ** 40);
  if (globalThis.indexedDB === undefined) throw new OptionError('openIndexedDbBuffer: this runtime has no IndexedDB');
  const database = await openDatabase(name);
  const ids = new IdPool();
  // Not `randomUUID`, which pages without a secure context lack.
  const offset = ids.take();
  const owner = hexOf(ids.view, offset, 16);
  const release = await holdLock(`${name} ${owner}`);
  // In this order: whoever is found in the database has held its lock before, and is gone if it does not now.
  const writeAhead = new WriteAhead(name);
  const owners = new Set([...(await ownersIn(database)), ...writeAhead.owners()]);
  const gone = owners.difference(await livingOwners(name));
  const held = await takeOver(database, writeAhead, gone, owner);
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
    const kept: Kept = { owner: this.#owner, id, signal, itemCount, bytes: joined(parts) };
    this.#writeAhead.put(kept);
    try {
      const transaction = this.#database.transaction(STORE, 'readwrite', DURABLE);
      transaction.objectStore(STORE).add(kept);
      await completed(transaction);
    } catch (error) {
      if (isQuotaError(error)) return false;
      throw error;
    } finally {
      this.#writeAhead.remove(kept);
    }
    count(this.#counts, itemCount, sizeBytes, 1);
    return true;
  }

  async first(): Promise<Request | undefined> {
    if (this.#first === undefined) {
      const index = this.#database.transaction(STORE).objectStore(STORE).index(BY_OWNER);
      const cursor = await answered(index.openCursor(this.#owner));
      if (cursor === null) {
        // A page without locks may have taken them.
        Object.assign(this.#counts, NOTHING);
        return undefined;
      }
      const { signal, itemCount, bytes } = cursor.value as Kept;
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
/** What `append` has promised is on the disk and not only on its way there. */
const DURABLE: IDBTransactionOptions = { durability: 'strict' };

function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(STORE, { autoIncrement: true }).createIndex(BY_OWNER, BY_OWNER);
  };
  return answered(request);
}

/** Holds a lock until the result is called or the page is gone; pages without a secure context have none. */
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

/** The owners whose pages are there; without locks nobody knows, and then what another page sends may be sent twice. */
async function livingOwners(name: string): Promise<ReadonlySet<string>> {
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
 * Gives all requests of pages that are gone a new owner, in one transaction, so that no other page takes them too; first
 * those of the database, and then what had not come there.
 */
async function takeOver(
  database: IDBDatabase,
  writeAhead: WriteAhead,
  gone: ReadonlySet<string>,
  owner: string,
): Promise<Counts> {
  const counts: Counts = { ...NOTHING };
  if (gone.size === 0) return counts;
  const late = writeAhead.of(gone);
  const transaction = database.transaction(STORE, 'readwrite', DURABLE);
  const store = transaction.objectStore(STORE);
  const inDatabase = new Set<string>();
  const request = store.openCursor();
  request.onsuccess = () => {
    const cursor = request.result;
    if (cursor === null) {
      for (const kept of late) if (!inDatabase.has(kept.id)) store.add(taken(kept));
      return;
    }
    const kept = cursor.value as Kept;
    if (gone.has(kept.owner)) {
      inDatabase.add(kept.id);
      cursor.update(taken(kept));
    }
    cursor.continue();
  };
  const taken = (kept: Kept): Kept => {
    count(counts, kept.itemCount, kept.bytes.length, 1);
    return { ...kept, owner };
  };
  await completed(transaction);
  for (const kept of late) writeAhead.remove(kept);
  return counts;
}

function count(counts: Counts, items: number, bytes: number, sign: 1 | -1): void {
  counts.requests += sign;
  counts.items += sign * items;
  counts.bytes += sign * bytes;
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
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
