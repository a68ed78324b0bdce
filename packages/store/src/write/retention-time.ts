import type { StoreClock } from './store-clock.ts';

/** What is known when the process starts. */
export interface RetentionState {
  /** Where the clock would be had it never jumped, milliseconds since the epoch. */
  readonly expectedMillis: number;
  /** How long, in run time, files have been kept that expired by a jump. */
  readonly heldMillis: number;
}

/** What `RetentionTime.read` returns. */
export interface RetentionReading {
  /** The time that ages count from, milliseconds since the epoch. Never later than the clock. */
  readonly millis: number;
  /** Set once for each jump that would have removed files: how far the clock is ahead of `millis`. */
  readonly heldBackMillis: number | undefined;
}

/**
 * The time from which retention by age counts. It follows the machine's clock while that runs as fast as the monotonic
 * one. When the clock jumps ahead, or files expired while no process ran, nobody can tell a wrong clock from a machine
 * that was away: files that expire by the jump alone are kept for an hour of run time, and then go a step an hour until
 * this time has caught up. A jump that removes nothing is followed at once, and so is every jump back.
 */
export class RetentionTime {
  readonly #clock: StoreClock;
  readonly #stepMillis: number;
  #expectedMillis: number;
  #readAt: number;
  #heldMillis: number;
  #reported = false;

  constructor(clock: StoreClock, retentionMillis: number, { expectedMillis, heldMillis }: RetentionState) {
    this.#clock = clock;
    this.#stepMillis = retentionStep(retentionMillis);
    this.#readAt = clock.monotonic();
    this.#expectedMillis = expectedMillis;
    this.#heldMillis = heldMillis;
  }

  /** What the next process is to start from. */
  get state(): RetentionState {
    return { expectedMillis: this.#expectedMillis, heldMillis: this.#heldMillis };
  }

  /** `expiries` are the times at which the files expire. */
  read(expiries: readonly number[]): RetentionReading {
    const wall = this.#clock.now();
    const monotonic = this.#clock.monotonic();
    const ranMillis = monotonic - this.#readAt;
    this.#readAt = monotonic;
    this.#expectedMillis += ranMillis * DRIFT;
    const next = nextExpiry(expiries, this.#expectedMillis);
    if (wall <= this.#expectedMillis || wall <= next) {
      this.#expectedMillis = wall;
      this.#heldMillis = 0;
      this.#reported = false;
      return { millis: wall, heldBackMillis: undefined };
    }
    this.#heldMillis += ranMillis;
    if (this.#heldMillis >= HOUR_MILLIS) {
      this.#heldMillis = 0;
      this.#expectedMillis = next + this.#stepMillis;
    }
    const millis = Math.min(wall, this.#expectedMillis);
    const ahead = wall - millis;
    if (this.#reported || ahead < REPORTED_MILLIS) return { millis, heldBackMillis: undefined };
    this.#reported = true;
    return { millis, heldBackMillis: ahead };
  }
}

/** Telemetry of how long may go in an hour of run time: so much that an absence of any length is made up for in a day. */
export function retentionStep(retentionMillis: number): number {
  return Math.max(HOUR_MILLIS, retentionMillis / STEPS);
}

function nextExpiry(expiries: readonly number[], afterMillis: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const expiry of expiries) if (expiry > afterMillis && expiry < next) next = expiry;
  return next;
}

const HOUR_MILLIS = 3_600_000;
const STEPS = 24;
/** A clock that is being adjusted runs up to 0.05 % faster than the monotonic one. */
const DRIFT = 1.01;
/** Less than this is no jump to speak of. */
const REPORTED_MILLIS = 60_000;
