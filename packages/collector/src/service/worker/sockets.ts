import { parseEndpoint } from '@otelier/transport/endpoint';
import { ListenError, type Listener, listen } from '@otelier/transport/listen';
import type { Endpoint } from '../../component/host.ts';
import { loadOf } from '../../workers/balance.ts';
import type { Load, SocketReply } from '../../workers/protocol.ts';
import { Sockets } from '../sockets.ts';
import { WatchedListener } from './listener.ts';

/** Interval at which connection load is measured. */
const CHECK_MILLIS = 500;

/**
 * The listening sockets of one worker. The main thread assigns addresses, so that threads can share ports, and moves
 * connections.
 */
export class WorkerSockets {
  readonly sockets = new Sockets((endpoint, place) => this.#open(endpoint, place));
  load: Load = loadOf([]);
  readonly #request: (id: number, endpoint: string, place: Omit<Endpoint, 'address'>) => void;
  readonly #waiting = new Map<number, (reply: SocketReply) => void>();
  readonly #watched = new Set<WatchedListener>();
  /** The socket with the highest load in the last measurement. */
  #busiest: WatchedListener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor(request: (id: number, endpoint: string, place: Omit<Endpoint, 'address'>) => void) {
    this.#request = request;
  }

  start(): void {
    this.#timer = setInterval(() => this.#check(), CHECK_MILLIS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  replied(id: number, reply: SocketReply): void {
    this.#waiting.get(id)?.(reply);
    this.#waiting.delete(id);
  }

  /** Makes the clients of busy connections reconnect, possibly to another worker. */
  moveConnections(count: number): void {
    const move = this.#busiest && this.sockets.movable.get(this.#busiest);
    for (let moved = 0; moved < count; moved++) if (move?.() !== true) return;
  }

  async #open(endpoint: string, place: Omit<Endpoint, 'address'>): Promise<Listener> {
    const id = ++this.#lastId;
    const reply = await new Promise<SocketReply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#request(id, endpoint, place);
    });
    if (reply.kind === 'failure') throw new ListenError(reply.message, reply.code, reply.endpoint, undefined);
    if (reply.kind === 'idle') return new IdleListener(reply.address);
    // A Unix socket path cannot be shared, so the main thread assigns it to one worker.
    const reusePort = parseEndpoint(reply.endpoint).kind === 'tcp';
    const watched = new WatchedListener(await listen(reply.endpoint, { reusePort }), () =>
      this.#watched.delete(watched),
    );
    this.#watched.add(watched);
    return watched;
  }

  #check(): void {
    const all: number[] = [];
    let max = 0;
    this.#busiest = undefined;
    for (const listener of this.#watched) {
      const bytes = listener.takeBytes();
      all.push(...bytes);
      const sum = bytes.reduce((total, each) => total + each, 0);
      if (sum > max) {
        max = sum;
        this.#busiest = listener;
      }
    }
    this.load = loadOf(all);
  }
}

/** A placeholder for a socket on which another worker listens. */
class IdleListener implements Listener {
  readonly address: string;

  constructor(address: string) {
    this.address = address;
  }

  accept(): () => void {
    return () => undefined;
  }

  async close(): Promise<void> {}
}
