import type { Socket } from 'node:net';
import { shareDescriptors } from './descriptor-limit.ts';
import { LOCAL, peerKey } from './request-source.ts';

/** The activity of a connection, as reported by its protocol. */
export interface ConnectionUse {
  /** Whether a complete request is being handled. */
  readonly isBusy: boolean;
  /** Time of the connection's last request, from `performance.now()`; `undefined` before the first. */
  readonly servedMillis: number | undefined;
}

/** Connections closed and refused because of the limit since the last report. */
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
 * Limits the number of open connections. At the limit, a new connection replaces the least useful ones: first those
 * that have not served a request, then those that have been idle longest, with ties broken in favor of closing
 * connections from the remote address that has the most. If all are in use, the new connection is refused.
 */
export class ConnectionLimit {
  limit: number;
  /** Called when the limit is reached, at most once a minute. */
  onLimit: (report: LimitReport) => void = () => {};
  readonly #now: () => number;
  readonly #entries = new Set<Entry>();
  readonly #byKey = new Map<string, Entry>();
  #closed = 0;
  #refused = 0;
  #nextReportMillis = Number.NEGATIVE_INFINITY;

  constructor(limit: number, now: () => number = () => performance.now()) {
    this.limit = limit;
    this.#now = now;
  }

  get count(): number {
    return this.#entries.size;
  }

  /**
   * Counts an accepted connection until it closes. Returns a function that replaces its socket, or `undefined` if the
   * connection must be refused.
   */
  accept(socket: Socket): ((next: Socket) => void) | undefined {
    if (this.#entries.size >= this.limit && !this.#makeSpace()) {
      this.#refused += 1;
      this.#report();
      return undefined;
    }
    const key = keyOf(socket);
    const entry: Entry = {
      socket,
      key,
      peer: peerKey(socket.remoteAddress),
      openedMillis: this.#now(),
      use: key === undefined ? ALWAYS_USED : undefined,
    };
    this.#entries.add(entry);
    if (key !== undefined) this.#byKey.set(key, entry);
    socket.once('close', () => this.#remove(entry, socket));
    return (next) => {
      entry.socket = next;
      next.once('close', () => this.#remove(entry, next));
    };
  }

  /** Registers the activity of the connection on a socket, or on the TLS socket that wraps it. */
  watch(socket: Socket, use: ConnectionUse): void {
    const key = keyOf(socket);
    const entry = key === undefined ? undefined : this.#byKey.get(key);
    if (entry !== undefined) entry.use = use;
  }

  #remove(entry: Entry, socket: Socket): void {
    if (entry.socket !== socket) return;
    this.#entries.delete(entry);
    if (entry.key !== undefined && this.#byKey.get(entry.key) === entry) this.#byKey.delete(entry.key);
  }

  #makeSpace(): boolean {
    const nowMillis = this.#now();
    const counts = new Map<string, number>();
    for (const { peer } of this.#entries) if (peer !== LOCAL) counts.set(peer, (counts.get(peer) ?? 0) + 1);
    const victims = [...this.#entries]
      .filter((entry) => isReplaceable(entry, nowMillis))
      .map((entry) => ({ entry, served: entry.use?.servedMillis, peers: counts.get(entry.peer) ?? 0 }))
      .sort(
        (a, b) =>
          Number(a.served !== undefined) - Number(b.served !== undefined) ||
          b.peers - a.peers ||
          (a.served ?? a.entry.openedMillis) - (b.served ?? b.entry.openedMillis),
      )
      // Closes several at a time, so that one search makes space for several connections.
      .slice(0, Math.ceil(this.limit / 64));
    for (const { entry } of victims) {
      const { socket } = entry;
      socket.destroy();
      this.#remove(entry, socket);
    }
    this.#closed += victims.length;
    if (victims.length > 0) this.#report();
    return victims.length > 0;
  }

  #report(): void {
    const nowMillis = this.#now();
    if (nowMillis < this.#nextReportMillis) return;
    this.#nextReportMillis = nowMillis + REPORT_MILLIS;
    this.onLimit({ limit: this.limit, closedConnections: this.#closed, refusedConnections: this.#refused });
    this.#closed = 0;
    this.#refused = 0;
  }
}

function isReplaceable({ use, openedMillis }: Entry, nowMillis: number): boolean {
  if (use?.isBusy === true) return false;
  if (use?.servedMillis !== undefined) return nowMillis - use.servedMillis >= IDLE_MILLIS;
  return nowMillis - openedMillis >= YOUNG_MILLIS;
}

/** Unix sockets have no ports to identify them, and only local programs open them. */
const ALWAYS_USED: ConnectionUse = { isBusy: true, servedMillis: undefined };

function keyOf({ remoteAddress, remotePort, localPort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remoteAddress} ${remotePort} ${localPort}`;
}

/** How long a new connection has to send its first request. */
const YOUNG_MILLIS = 100;
/** How long a connection must be idle before a new connection may replace it. */
const IDLE_MILLIS = 10_000;
const REPORT_MILLIS = 60_000;

/** The connections of all servers on this thread. */
export const openConnections: ConnectionLimit = new ConnectionLimit(shareDescriptors().connections);
