import type { Load } from './protocol.ts';

/** The load of one worker; `undefined` while it does not run. */
export type Loads = readonly (Load | undefined)[];

/**
 * Which worker shall have one of its connections come again, if that makes the load more even. The kernel spreads new
 * connections by a hash, so few of them come to lie unevenly, and each that comes again has another chance. A move is
 * worth it when even then the worker that it leaves carries no less than the one that carries least: two connections
 * that are one and one are left alone, however different they are.
 */
export function worthMoving(loads: Loads): number | undefined {
  const running = loads.flatMap((load, worker) => (load === undefined ? [] : [{ worker, ...load }]));
  const [first, ...others] = running.toSorted((a, b) => b.bytes - a.bytes);
  const least = others.at(-1);
  if (first === undefined || least === undefined || first.bytes < LEAST_BYTES) return undefined;
  const connection = first.bytes / Math.max(1, first.busyConnections);
  return first.bytes - least.bytes > MARGIN * connection ? first.worker : undefined;
}

/** Below this rate a second a thread has so little to do that disturbing a client helps nobody. */
const LEAST_BYTES = 2 ** 20;
/** At 1 the two would change places; what is more is for connections that do not all bring the same. */
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
