import type { Load } from './protocol.ts';

/** The load of each worker; `undefined` while it is not running. */
export type Loads = readonly (Load | undefined)[];

/** A number of connections that should reconnect from one worker. */
export interface Move {
  readonly worker: number;
  readonly connections: number;
}

/**
 * Returns the worker whose connections should reconnect to balance the load, if any. The kernel assigns new connections
 * by a hash, so a small number of connections is often spread unevenly, and each reconnect is a new draw. A move is
 * worthwhile if the busiest worker's load afterwards is still at least that of the least busy one; two workers with one
 * connection each are left alone. Senders that wait for responses send more to a less busy worker, which hides part of
 * the imbalance, so the number of connections counts too. At most as many connections move as would balance the load if
 * all of them reached the other worker.
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
 * Minimum difference between two workers, in connections. With a difference of 1, a move would only swap the workers;
 * the margin allows for connections of unequal load.
 */
const MARGIN = 1.4;
/** Two workers at 45 % and 55 %. With many connections, a difference of this size is random. */
const EVEN_ENOUGH = 0.2;

/**
 * Decides which connections to move. It is called twice per second, and waits after each move until the effect is
 * visible.
 */
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
 * Number of consecutive checks before connections are moved. By then, a burst has ended, and the load of moved
 * connections has been measured at their new workers.
 */
const CONSECUTIVE_DECISIONS = 2;

/** Computes the load of a worker from the number of bytes that each connection received. */
export function loadOf(bytes: readonly number[]): Load {
  const sum = bytes.reduce((total, each) => total + each, 0);
  const squares = bytes.reduce((total, each) => total + each * each, 0);
  // The effective number of connections: 1 if one carries everything, the actual number if all carry the same.
  return { bytes: sum, busyConnections: squares === 0 ? 0 : (sum * sum) / squares };
}
