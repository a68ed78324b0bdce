import type { StoreClock } from './store-clock.ts';

/** The state of retention at startup. */
export interface RetentionState {
  /** Expected clock time without jumps, in milliseconds since the epoch. */
  readonly expectedMillis: number;
  /** How long files that expired by a jump have been kept, in milliseconds of run time. */
  readonly heldMillis: number;
}

/** The result of `RetentionTime.read`. */
export interface RetentionReading {
  /** The reference time for ages, in milliseconds since the epoch. Never later than the clock. */
  readonly millis: number;
  /** How far the clock is ahead of `millis`. Set once for each jump that would have removed files. */
  readonly heldBackMillis: number | undefined;
}

/**
 * The reference time of retention by age. It follows the machine's clock while that runs as fast as the monotonic one.
 * When the clock jumps ahead, or files expired while no process ran, a wrong clock cannot be distinguished from a
 * machine that was off: files that expire by the jump alone are kept for an hour of run time, and are then removed one
 * step per hour until this time has caught up. Jumps that remove nothing, and jumps back, are followed at once.
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

  /** The state for the next process. */
  get state(): RetentionState {
    return { expectedMillis: this.#expectedMillis, heldMillis: this.#heldMillis };
  }

  /** Follows a jump back and returns what the clock shows. A jump ahead is left to `read`, which knows what expires. */
  noticeBackwardJump(): number {
    const wall = this.#clock.now();
    this.#expectedMillis = Math.min(this.#expectedMillis, wall);
    return wall;
  }

  /** Returns the current reading. `expiries` are the times at which the files expire. */
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
 * Returns how much telemetry may be removed per hour of run time, so that an absence of any length is caught up within
 * a day.
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
/** A clock under adjustment runs up to 0.05 % faster than the monotonic one. */
const DRIFT = 1.01;
/** Minimum jump that is reported, in milliseconds. */
const REPORTED_MILLIS = 60_000;
