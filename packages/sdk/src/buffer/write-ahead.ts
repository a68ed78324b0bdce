import type { Request } from '../delivery/contract.ts';

/** A request as stored by the browser. */
export interface StoredRequest {
  /** ID of the page that sends it. */
  readonly owner: string;
  /** Unique ID: the owner, a space and a sequence number, so that a page's IDs sort in recording order. */
  readonly id: string;
  readonly signal: Request['signal'];
  readonly itemCount: number;
  readonly bytes: Uint8Array;
}

/**
 * Stores the requests of a closing page in `localStorage` until they are in the database. `localStorage` is written
 * synchronously, whereas IndexedDB usually loses what a page writes just before it closes. Does nothing if there is no
 * storage.
 */
export class WriteAhead {
  readonly #prefix: string;

  constructor(name: string) {
    this.#prefix = `otelier ${name} `;
  }

  /** Stores a request if the page is hidden, and may therefore be closing. */
  put({ bytes, ...rest }: StoredRequest): void {
    if (globalThis.document?.visibilityState !== 'hidden') return;
    const text = JSON.stringify({ ...rest, bytes: base64Of(bytes) });
    withStorage((storage) => storage.setItem(this.#prefix + rest.id, text));
  }

  /** Returns the owners of the stored requests. */
  owners(): string[] {
    return this.#ids().map(pageOf);
  }

  /** Returns the stored requests of these owners, in recording order. */
  of(owners: ReadonlySet<string>): StoredRequest[] {
    const found: StoredRequest[] = [];
    const ids = this.#ids().filter((id) => owners.has(pageOf(id)));
    withStorage((storage) => {
      for (const id of ids.sort()) {
        const { bytes, ...rest } = JSON.parse(storage.getItem(this.#prefix + id) ?? '');
        found.push({ ...rest, bytes: bytesOf(bytes) });
      }
    });
    return found;
  }

  /** Removes a request. */
  remove({ id }: StoredRequest): void {
    withStorage((storage) => storage.removeItem(this.#prefix + id));
  }

  #ids(): string[] {
    let ids: string[] = [];
    withStorage((storage) => {
      const keys = Object.keys(storage).filter((key) => key.startsWith(this.#prefix));
      ids = keys.map((key) => key.slice(this.#prefix.length));
    });
    return ids;
  }
}

function pageOf(id: string): string {
  return id.slice(0, id.indexOf(' '));
}

/** Calls `use` with the storage, which may be missing, blocked or full. */
function withStorage(use: (storage: Storage) => void): void {
  try {
    use(localStorage);
  } catch {
    // The database must suffice.
  }
}

function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
