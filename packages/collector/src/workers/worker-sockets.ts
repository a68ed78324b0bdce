import { ListenError, type Listener, listen, parseEndpoint } from '@otelier/transport';
import type { Endpoint } from '../component/host.ts';
import { Sockets } from '../service-sockets.ts';
import type { Load, SocketAnswer } from './protocol.ts';
import { loadOf, WatchedListener } from './traffic.ts';

/** How often the traffic of the connections is looked at. */
const LOOK_MILLIS = 500;

/**
 * The listening sockets of one worker. The main thread says where to listen, so that threads share ports, and when a
 * connection has to go.
 */
export class WorkerSockets {
  readonly sockets = new Sockets((endpoint, place) => this.#open(endpoint, place));
  load: Load = loadOf([]);
  readonly #ask: (id: number, endpoint: string, place: Omit<Endpoint, 'address'>) => void;
  readonly #waiting = new Map<number, (answer: SocketAnswer) => void>();
  readonly #watched = new Set<WatchedListener>();
  /** The socket that brought most when the traffic was last looked at. */
  #busiest: WatchedListener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor(ask: (id: number, endpoint: string, place: Omit<Endpoint, 'address'>) => void) {
    this.#ask = ask;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_MILLIS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  answered(id: number, answer: SocketAnswer): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }

  /** Has the clients of busy connections come again, to find another worker. */
  moveConnections(count: number): void {
    const move = this.#busiest && this.sockets.movable.get(this.#busiest);
    for (let moved = 0; moved < count; moved++) if (move?.() !== true) return;
  }

  async #open(endpoint: string, place: Omit<Endpoint, 'address'>): Promise<Listener> {
    const id = ++this.#lastId;
    const answer = await new Promise<SocketAnswer>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#ask(id, endpoint, place);
    });
    if (answer.kind === 'failure') throw new ListenError(answer.message, answer.code, answer.endpoint, undefined);
    if (answer.kind === 'idle') return new IdleListener(answer.address);
    // A path cannot be shared: the main thread gives it to one worker only.
    const reusePort = parseEndpoint(answer.endpoint).kind === 'tcp';
    const watched = new WatchedListener(await listen(answer.endpoint, { reusePort }), () =>
      this.#watched.delete(watched),
    );
    this.#watched.add(watched);
    return watched;
  }

  #look(): void {
    const all: number[] = [];
    let most = 0;
    this.#busiest = undefined;
    for (const listener of this.#watched) {
      const bytes = listener.takeBytes();
      all.push(...bytes);
      const sum = bytes.reduce((total, each) => total + each, 0);
      if (sum > most) {
        most = sum;
        this.#busiest = listener;
      }
    }
    this.load = loadOf(all);
  }
}

/** Stands for a socket on which another worker listens. */
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
