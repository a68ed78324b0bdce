import type { Load } from './protocol.ts';

/** The load of one worker; `undefined` while it does not run. */
export type Loads = readonly (Load | undefined)[];

/** How many connections of a worker shall come again. */
export interface Move {
  readonly worker: number;
  readonly connections: number;
}

/**
 * Which worker shall have connections come again, if that makes the load more even. The kernel spreads new connections
 * by a hash, so few of them come to lie unevenly, and each that comes again has another chance. A move is worth it when
 * the worker that carries most would still carry no less than the one that carries least; two connections that are one
 * and one are left alone, however different they are. Where senders wait for answers, those that have a worker for
 * themselves send more, which hides a part of the imbalance: then the number of connections tells. No more are moved
 * than would make it even if all of them found the other worker.
 */
export function worthMoving(loads: Loads): Move | undefined {
  const running = loads.flatMap((load, worker) => (load === undefined ? [] : [{ worker, ...load }]));
  const [first, ...others] = running.toSorted((a, b) => b.bytes - a.bytes);
  const min = others.at(-1);
  if (first === undefined || min === undefined || first.bytes < MIN_BYTES) return undefined;
  const mean = running.reduce((sum, { bytes }) => sum + bytes, 0) / running.length;
  const connection = first.bytes / Math.max(1, first.busyConnections);
  const moreBytes = first.bytes - min.bytes;
  const moreConnections = first.busyConnections - min.busyConnections;
  const uneven = moreBytes > MARGIN * connection || (moreConnections > MARGIN && moreBytes > connection / 2);
  if (!uneven || moreBytes < EVEN_ENOUGH * mean) return undefined;
  return { worker: first.worker, connections: Math.max(1, Math.floor(moreBytes / connection / 2)) };
}

/** Of half a second. Below it a thread has so little to do that disturbing a client helps nobody. */
const MIN_BYTES = 4 * 2 ** 20;
/** In connections. With 1 more, two workers would change places; the rest is for connections that do not all bring the same. */
const MARGIN = 1.4;
/** Two workers at 45 and 55 %. Of many connections, other ones are busy at each look, and that much is chance. */
const EVEN_ENOUGH = 0.2;

/** Decides twice a second, and waits after each move until it shows. */
export class Balancer {
  /** Decisions in a row by which the same worker had too much. */
  #times = 0;
  #worker: number | undefined;

  /** What shall be moved now. */
  decide(loads: Loads): Move | undefined {
    const move = worthMoving(loads);
    this.#times = move !== undefined && move.worker === this.#worker ? this.#times + 1 : 1;
    this.#worker = move?.worker;
    if (this.#times < PATIENCE) return undefined;
    this.#times = 0;
    return move;
  }
}

/** A burst is over by then, and the connections that were moved last have been measured at their new places. */
const PATIENCE = 2;

/** What connections that each brought so many bytes are together. */
export function loadOf(bytes: readonly number[]): Load {
  const sum = bytes.reduce((total, each) => total + each, 0);
  const squares = bytes.reduce((total, each) => total + each * each, 0);
  // As many equal connections as would be spread as these are: 1 where one brings all, their number where all bring the same.
  return { bytes: sum, busyConnections: squares === 0 ? 0 : (sum * sum) / squares };
}
