import type { Load } from './protocol.ts';

/** The load of one worker; `undefined` while it does not run. */
export type Loads = readonly (Load | undefined)[];

/** A number of connections of a worker that should reconnect. */
export interface Move {
  readonly worker: number;
  readonly connections: number;
}

/**
 * Returns the worker whose connections should reconnect to balance the load. The kernel assigns new connections by a hash,
 * so a few connections are often spread unevenly, and each reconnect is a new draw. A move is worthwhile if the busiest
 * worker still has at least the load of the least busy one afterwards; two workers with one connection each are left
 * alone. Senders that wait for responses send more to a less busy worker, which hides part of the imbalance, so the number
 * of connections counts as well. At most as many connections move as would balance the load if all of them reached the
 * other worker.
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

/** Minimum load per half second. Below it, moving connections gains nothing. */
const MIN_BYTES = 4 * 2 ** 20;
/**
 * Minimum difference between two workers, in connections. A difference of 1 would only swap them; the rest allows for
 * connections of unequal load.
 */
const MARGIN = 1.4;
/** Two workers at 45 % and 55 %. With many connections, a difference of this size is chance. */
const EVEN_ENOUGH = 0.2;

/** Decides which connections to move. Called twice per second, it waits after each move for the effect. */
export class Balancer {
  /** Number of consecutive decisions in which the same worker was overloaded. */
  #times = 0;
  #worker: number | undefined;

  /** Returns the connections to move now. */
  decide(loads: Loads): Move | undefined {
    const move = worthMoving(loads);
    this.#times = move !== undefined && move.worker === this.#worker ? this.#times + 1 : 1;
    this.#worker = move?.worker;
    if (this.#times < CONSECUTIVE_DECISIONS) return undefined;
    this.#times = 0;
    return move;
  }
}

/**
 * Number of consecutive checks before connections are moved. By then a burst has ended, and the load of moved
 * connections has been measured at their new workers.
 */
const CONSECUTIVE_DECISIONS = 2;

/** Returns the load of connections by the bytes that each received. */
export function loadOf(bytes: readonly number[]): Load {
  const sum = bytes.reduce((total, each) => total + each, 0);
  const squares = bytes.reduce((total, each) => total + each * each, 0);
  // The effective number of connections: 1 if one carries everything, their number if all carry the same.
  return { bytes: sum, busyConnections: squares === 0 ? 0 : (sum * sum) / squares };
}
