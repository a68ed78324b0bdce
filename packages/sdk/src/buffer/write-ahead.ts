import type { Request } from '../delivery/contract.ts';

/** A request as browsers keep it. */
export interface Kept {
  /** The page that sends it. */
  readonly owner: string;
  /** Its own; those of one page sort as they were recorded, and begin with the page and a space. */
  readonly id: string;
  readonly signal: Request['signal'];
  readonly itemCount: number;
  readonly bytes: Uint8Array;
}

/**
 * Keeps requests of a page that is going until the database has them: what a page gives to IndexedDB in its last moment
 * is mostly lost with it, whereas `localStorage` is written at once. Without storage nothing is kept.
 */
export class WriteAhead {
  readonly #prefix: string;

  constructor(name: string) {
    this.#prefix = `otelier ${name} `;
  }

  /** Keeps a request if the page is hidden, and so may be going. */
  put({ bytes, ...rest }: Kept): void {
    if (globalThis.document?.visibilityState !== 'hidden') return;
    const text = JSON.stringify({ ...rest, bytes: base64Of(bytes) });
    withStorage((storage) => storage.setItem(this.#prefix + rest.id, text));
  }

  /** Who has recorded what is kept. */
  owners(): string[] {
    return this.#ids().map(pageOf);
  }

  /** What is kept of these owners, in order. */
  of(owners: ReadonlySet<string>): Kept[] {
    const found: Kept[] = [];
    const ids = this.#ids().filter((id) => owners.has(pageOf(id)));
    withStorage((storage) => {
      for (const id of ids.sort()) {
        const { bytes, ...rest } = JSON.parse(storage.getItem(this.#prefix + id) ?? '');
        found.push({ ...rest, bytes: bytesOf(bytes) });
      }
    });
    return found;
  }

  /** Forgets it. */
  remove({ id }: Kept): void {
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

/** Storage may be missing, forbidden, or full. */
function withStorage(use: (storage: Storage) => void): void {
  try {
    use(localStorage);
  } catch {
    // The database alone then has to do.
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
