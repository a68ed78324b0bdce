import type { StoreClock } from './store-clock.ts';

/** The state of retention at startup. */
export interface RetentionState {
  /** The expected clock time in the absence of jumps, in milliseconds since the epoch. */
  readonly expectedMillis: number;
  /** How long files that expired because of a jump have been held back, in milliseconds of running time. */
  readonly heldMillis: number;
}

/** The result of `RetentionTime.read`. */
export interface RetentionReading {
  /** The reference time for computing ages, in milliseconds since the epoch. Never later than the clock. */
  readonly millis: number;
  /** How far the clock is ahead of `millis`. Set once per jump that would have removed files. */
  readonly heldBackMillis: number | undefined;
}

/**
 * The reference time for retention by age. It follows the system clock while that advances at the same rate as the
 * monotonic clock. If the clock jumps ahead, or files expire while no process runs, a wrong clock cannot be
 * distinguished from a machine that was off. Files that would expire only because of the jump are held back for an hour
 * of running time, and are then removed one step per hour until the reference time has caught up. Jumps that remove
 * nothing, and backward jumps, are followed immediately.
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

  /** The state to save for the next process. */
  get state(): RetentionState {
    return { expectedMillis: this.#expectedMillis, heldMillis: this.#heldMillis };
  }

  /**
   * Follows a backward jump and returns the clock time. Forward jumps are left to `read`, which knows which files
   * expire.
   */
  noticeBackwardJump(): number {
    const wall = this.#clock.now();
    this.#expectedMillis = Math.min(this.#expectedMillis, wall);
    return wall;
  }

  /** Returns the current reading. `expiries` contains the expiry times of the files. */
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

/**
 * Returns how much telemetry may be removed per hour of running time, such that an absence of any length is caught up
 * within a day.
 */
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
/** A clock that is being slewed runs up to 0.05 % faster than the monotonic clock. */
const DRIFT = 1.01;
/** Minimum clock jump that is reported, in milliseconds. */
const REPORTED_MILLIS = 60_000;
