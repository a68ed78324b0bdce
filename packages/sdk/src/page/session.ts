/** A session of a user: a visit to a website, over its pages. */
export interface Session {
  readonly id: string;
  /** The session that this one continues after a pause. */
  readonly previousId: string | undefined;
  /** Whether this page has started it. */
  readonly isNew: boolean;
}

/** Options for sessions. */
export interface SessionOptions {
  /** A session ends after this time without activity. Default 30 minutes. */
  readonly idleMillis?: number;
  /** Default: `sessionStorage`, which belongs to the tab; `localStorage` shares the session between tabs. */
  readonly storage?: Pick<Storage, 'getItem' | 'setItem'>;
}

/**
 * Returns a function that returns the current session. It continues that of the previous page unless that was idle for
 * too long.
 */
export function trackSession({ idleMillis = 1_800_000, storage }: SessionOptions = {}): () => Session {
  let session: Session | undefined;
  let lastMillis = 0;
  return () => {
    const now = Date.now();
    if (session === undefined || now - lastMillis > idleMillis) {
      const stored = session === undefined ? read() : undefined;
      const previousId = session?.id ?? stored?.id;
      session =
        stored !== undefined && now - stored.lastMillis <= idleMillis
          ? { id: stored.id, previousId: undefined, isNew: false }
          : { id: crypto.randomUUID(), previousId, isNew: true };
      lastMillis = 0;
    }
    // Not for every span, because storage is synchronous.
    if (now - lastMillis > WRITE_INTERVAL_MILLIS) write(session.id, now);
    lastMillis = now;
    return session;
  };

  function read(): { readonly id: string; readonly lastMillis: number } | undefined {
    try {
      const [, id, last] = /^([\w-]{1,64}) (\d{1,16})$/.exec(storageOf().getItem(KEY) ?? '') ?? [];
      return id === undefined ? undefined : { id, lastMillis: Number(last) };
    } catch {
      // Storage may be disabled.
      return undefined;
    }
  }

  function write(id: string, now: number): void {
    try {
      storageOf().setItem(KEY, `${id} ${now}`);
    } catch {
      // See above.
    }
  }

  function storageOf(): Pick<Storage, 'getItem' | 'setItem'> {
    return storage ?? sessionStorage;
  }
}

const KEY = 'otelier.session';
const WRITE_INTERVAL_MILLIS = 5_000;
