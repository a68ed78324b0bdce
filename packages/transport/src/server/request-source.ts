import type { SenderConnection } from '../auth.ts';

/** The connection of a request, compared by identity. */
export interface RequestSource extends SenderConnection {
  /** Remote address; `undefined` for Unix sockets. */
  readonly address: string | undefined;
  /** Bytes reserved for incomplete requests on this connection. */
  incompleteBytes: number;
  /** Asks the client to use another connection, where the protocol can. Requests in flight are still served. */
  leave: (() => void) | undefined;
  /** Calls the listeners of `onClose`. Called once, when the connection has closed. */
  close(): void;
}

/** Creates the request source of a connection. */
export function createSource(address: string | undefined): RequestSource {
  return new Source(address);
}

class Source implements RequestSource {
  readonly address: string | undefined;
  incompleteBytes = 0;
  leave: (() => void) | undefined;
  #listeners: (() => void)[] | undefined;

  constructor(address: string | undefined) {
    this.address = address;
  }

  onClose(listener: () => void): void {
    this.#listeners ??= [];
    this.#listeners.push(listener);
  }

  close(): void {
    const listeners = this.#listeners;
    this.#listeners = undefined;
    for (const listener of listeners ?? []) listener();
  }
}

/** Memory reserved for the incomplete requests of one remote address. */
export interface PeerShare {
  readonly key: string;
  bytes: number;
  requests: number;
}

/** Memory reserved for incomplete requests, by remote address. */
export class PeerShares {
  readonly #shares = new Map<string, PeerShare>();

  enter(address: string | undefined): PeerShare {
    const key = peerKey(address);
    let share = this.#shares.get(key);
    if (share === undefined) {
      share = { key, bytes: 0, requests: 0 };
      this.#shares.set(key, share);
    }
    share.requests += 1;
    return share;
  }

  leave(share: PeerShare): void {
    share.requests -= 1;
    if (share.requests === 0) this.#shares.delete(share.key);
  }

  /** Returns the share of the address with the largest reservation. */
  largest(): PeerShare | undefined {
    let largest: PeerShare | undefined;
    for (const share of this.#shares.values()) if (share.bytes > (largest?.bytes ?? -1)) largest = share;
    return largest;
  }
}

/** Key of local programs, which cannot be distinguished by address. */
export const LOCAL = '';

/**
 * Returns the key of a remote address. An IPv6 /64 network counts as one peer, and all loopback addresses map to
 * `LOCAL`.
 */
export function peerKey(address: string | undefined): string {
  if (address === undefined || address === '::1') return LOCAL;
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  if (plain.startsWith('127.')) return LOCAL;
  return plain.includes(':') ? networkOf(plain) : plain;
}

function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  // `::` stands for zeros, which matter only among the first four groups.
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length;
  return [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ?? '').split(':')].slice(0, 4).join(':');
}
