import type { Socket } from 'node:net';
import { shareDescriptors } from './descriptor-limit.ts';
import { LOCAL, peerKey } from './request-source.ts';

/** How a connection is used, as its protocol knows. */
export interface ConnectionUse {
  /** Whether a complete request of it is being handled. */
  readonly isBusy: boolean;
  /** When its last request was served, by `performance.now()`; `undefined` before the first. */
  readonly servedMillis: number | undefined;
}

/** What has happened at the limit since it was last reported. */
export interface LimitReport {
  readonly limit: number;
  readonly closedConnections: number;
  readonly refusedConnections: number;
}

interface Entry {
  socket: Socket;
  readonly key: string | undefined;
  readonly peer: string;
  readonly openedMillis: number;
  use: ConnectionUse | undefined;
}

/**
 * Bounds the open connections. At the limit, a new connection replaces some that are of least use: first those that have
 * never had a request served, then those that have been idle longest; of equal ones, those of the remote address with most
 * connections. When all are in use, the new connection is refused.
 */
export class ConnectionLimit {
  limit: number;
  /** Told of a limit that was reached, at most once a minute. */
  onLimit: (report: LimitReport) => void = () => {};
  readonly #now: () => number;
  readonly #entries = new Set<Entry>();
  readonly #byKey = new Map<string, Entry>();
  #closed = 0;
  #refused = 0;
  #reportsAgainMillis = Number.NEGATIVE_INFINITY;

  constructor(limit: number, now: () => number = () => performance.now()) {
    this.limit = limit;
    this.#now = now;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** Counts an accepted connection until it closes; `false` when it must be refused. */
  accept(socket: Socket): ((next: Socket) => void) | undefined {
    if (this.#entries.size >= this.limit && !this.#makeSpace()) {
      this.#refused += 1;
      this.#report();
      return undefined;
    }
    const key = keyOf(socket);
    const entry: Entry = {
      ...{ socket, key, peer: peerKey(socket.remoteAddress), openedMillis: this.#now() },
      use: key === undefined ? ALWAYS_USED : undefined,
    };
    this.#entries.add(entry);
    if (key !== undefined) this.#byKey.set(key, entry);
    socket.once('close', () => this.#leave(entry, socket));
    return (next) => {
      entry.socket = next;
      next.once('close', () => this.#leave(entry, next));
    };
  }

  /** Says how the connection of a socket, or of the TLS socket on it, is used. */
  watch(socket: Socket, use: ConnectionUse): void {
    const key = keyOf(socket);
    const entry = key === undefined ? undefined : this.#byKey.get(key);
    if (entry !== undefined) entry.use = use;
  }

  #leave(entry: Entry, socket: Socket): void {
    if (entry.socket !== socket) return;
    this.#entries.delete(entry);
    if (entry.key !== undefined && this.#byKey.get(entry.key) === entry) this.#byKey.delete(entry.key);
  }

  #makeSpace(): boolean {
    const nowMillis = this.#now();
    const counts = new Map<string, number>();
    for (const { peer } of this.#entries) if (peer !== LOCAL) counts.set(peer, (counts.get(peer) ?? 0) + 1);
    const victims = [...this.#entries]
      .filter((entry) => mayClose(entry, nowMillis))
      .map((entry) => ({ entry, served: entry.use?.servedMillis, peers: counts.get(entry.peer) ?? 0 }))
      .sort(
        (a, b) =>
          Number(a.served !== undefined) - Number(b.served !== undefined) ||
          b.peers - a.peers ||
          (a.served ?? a.entry.openedMillis) - (b.served ?? b.entry.openedMillis),
      )
      // Some more than one, so that a search serves several connections.
      .slice(0, Math.ceil(this.limit / 64));
    for (const { entry } of victims) {
      const { socket } = entry;
      socket.destroy();
      this.#leave(entry, socket);
    }
    this.#closed += victims.length;
    if (victims.length > 0) this.#report();
    return victims.length > 0;
  }

  #report(): void {
    const nowMillis = this.#now();
    if (nowMillis < this.#reportsAgainMillis) return;
    this.#reportsAgainMillis = nowMillis + REPORT_MILLIS;
    this.onLimit({ limit: this.limit, closedConnections: this.#closed, refusedConnections: this.#refused });
    this.#closed = 0;
    this.#refused = 0;
  }
}

function mayClose({ use, openedMillis }: Entry, nowMillis: number): boolean {
  if (use?.isBusy === true) return false;
  if (use?.servedMillis !== undefined) return nowMillis - use.servedMillis >= IDLE_MILLIS;
  return nowMillis - openedMillis >= YOUNG_MILLIS;
}

/** Unix sockets have no ports to be found by; only programs of this machine open them. */
const ALWAYS_USED: ConnectionUse = { isBusy: true, servedMillis: undefined };

function keyOf({ remoteAddress, remotePort, localPort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remoteAddress} ${remotePort} ${localPort}`;
}

/** For a new connection to send its first request. */
const YOUNG_MILLIS = 100;
/** A connection without a request for this time can be replaced by a new one. */
const IDLE_MILLIS = 10_000;
const REPORT_MILLIS = 60_000;

/** The connections of all servers of this thread. */
export const openConnections: ConnectionLimit = new ConnectionLimit(shareDescriptors().connections);
