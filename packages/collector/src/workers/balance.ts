import type { Load } from './protocol.ts';

/** The load of one worker; `undefined` while it does not run. */
export type Loads = readonly (Load | undefined)[];

/**
 * Which worker shall have one of its connections come again, if that makes the load more even. The kernel spreads new
 * connections by a hash, so few of them come to lie unevenly, and each that comes again has another chance. A move is
 * worth it when the worker that carries most would still carry more than the one that carries least; two connections
 * that are one and one are left alone, however different they are. Where senders wait for answers, those that have a
 * worker for themselves send more, which hides a part of the imbalance: then the number of connections tells.
 */
export function worthMoving(loads: Loads): number | undefined {
  const running = loads.flatMap((load, worker) => (load === undefined ? [] : [{ worker, ...load }]));
  const [first, ...others] = running.toSorted((a, b) => b.bytes - a.bytes);
  const least = others.at(-1);
  if (first === undefined || least === undefined || first.bytes < LEAST_BYTES) return undefined;
  const connection = first.bytes / Math.max(1, first.busyConnections);
  const moreBytes = first.bytes - least.bytes;
  const moreConnections = first.busyConnections - least.busyConnections;
  const uneven = moreBytes > MARGIN * connection || (moreConnections > MARGIN && moreBytes > connection / 2);
  return uneven ? first.worker : undefined;
}

/** Below this rate a second a thread has so little to do that disturbing a client helps nobody. */
const LEAST_BYTES = 2 ** 20;
/** In connections. With 1 more, two workers would change places; the rest is for connections that do not all bring the same. */
const MARGIN = 1.4;

/** Decides once a second, and waits after each move until it shows. */
export class Balancer {
  /** Decisions in a row by which the same worker had too much. */
  #times = 0;
  #worker: number | undefined;

  /** The worker that shall move a connection now. */
  decide(loads: Loads): number | undefined {
    const worker = worthMoving(loads);
    this.#times = worker !== undefined && worker === this.#worker ? this.#times + 1 : 1;
    this.#worker = worker;
    if (worker === undefined || this.#times < PATIENCE) return undefined;
    this.#times = 0;
    return worker;
  }
}

/** A burst is over by then, and the connection that was moved last has been measured at its new place. */
const PATIENCE = 2;
