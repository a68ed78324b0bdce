import type { RejectedRequest } from '@otelier/transport';
import type { RejectedClient } from './sender-snapshot.ts';

/** Maximum number of entries that are kept. */
const MAX_ENTRIES = 100;
/** Maximum length of what clients send. */
const MAX_LENGTH = 200;

/** The clients whose requests were rejected before their sender was known, by path, status and reason. */
export class RejectedClients {
  /** In the order of their last requests. */
  readonly #entries = new Map<string, RejectedClient>();

  /** Counts a request. The entry that did not occur for the longest time is forgotten. */
  add(request: Omit<RejectedRequest, 'isHandled'>, nowMillis: number): void {
    const { peer = '', userAgent = '', path, status, reason } = request;
    const own = { address: peer, userAgent: cut(userAgent), path: cut(path), status, reason: cut(reason) };
    const key = JSON.stringify(own);
    const count = (this.#entries.get(key)?.count ?? 0) + 1;
    this.#entries.delete(key);
    this.#entries.set(key, { ...own, count, atMillis: nowMillis });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
  }

  /** Returns the entries, latest first. */
  list(): readonly RejectedClient[] {
    return [...this.#entries.values()].reverse();
  }
}

function cut(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
