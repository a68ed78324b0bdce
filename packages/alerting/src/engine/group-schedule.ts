import { xxHash64 } from '@otelier/query/xxhash64';
import type { AlertingClock } from '../clock.ts';

/** What a schedule depends on. */
export interface GroupScheduleOptions {
  /** Identifies the group. Groups with the same interval are spread over it by the hash of this. */
  readonly key: string;
  readonly intervalMillis: number;
  readonly clock: AlertingClock;
  /** Evaluates the group at a time, in milliseconds since the epoch. Must not reject. */
  evaluate(timeMillis: number): Promise<void>;
}

/** Numbers of evaluations. */
export interface ScheduleCounts {
  /** Evaluations that were due, including the missed ones. */
  scheduled: number;
  /** Evaluations that were left out, because the one before took longer than the interval. */
  missed: number;
}

/**
 * Evaluates a group at every multiple of its interval, plus an offset that spreads groups over the interval. Times do not
 * drift. An evaluation that is due while the one before is running is missed. When the system clock is set, the schedule
 * continues at the next multiple.
 */
export class GroupSchedule {
  readonly counts: ScheduleCounts = { scheduled: 0, missed: 0 };
  readonly intervalMillis: number;
  readonly #options: GroupScheduleOptions;
  readonly #offsetMillis: number;
  #nextMillis = 0;
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: GroupScheduleOptions) {
    this.#options = options;
    this.intervalMillis = options.intervalMillis;
    this.#offsetMillis = offsetOf(options.key, options.intervalMillis);
  }

  start(): void {
    this.#nextMillis = this.#dueAfter(this.#options.clock.now());
    this.#wait();
  }

  /** Stops the schedule, and waits for the current evaluation. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#running;
  }

  /** The first time of evaluation after a time. */
  #dueAfter(millis: number): number {
    const { intervalMillis } = this;
    return (
      Math.floor((millis - this.#offsetMillis) / intervalMillis) * intervalMillis + intervalMillis + this.#offsetMillis
    );
  }

  #wait(): void {
    if (this.#isStopped) return;
    const delay = this.#nextMillis - this.#options.clock.now();
    this.#cancel = this.#options.clock.setTimeout(
      () => this.#fire(),
      Math.max(0, Math.min(delay, this.intervalMillis)),
    );
  }

  #fire(): void {
    const now = this.#options.clock.now();
    // The clock was set back, or a timer fired early.
    if (now < this.#nextMillis) {
      if (this.#nextMillis - now > this.intervalMillis) this.#nextMillis = this.#dueAfter(now);
      this.#wait();
      return;
    }
    const late = Math.floor((now - this.#nextMillis) / this.intervalMillis);
    const timeMillis = this.#nextMillis + late * this.intervalMillis;
    this.counts.missed += late;
    this.counts.scheduled += late + 1;
    this.#nextMillis = timeMillis + this.intervalMillis;
    this.#running = this.#options.evaluate(timeMillis).finally(() => {
      this.#running = undefined;
      this.#wait();
    });
  }
}

/** Returns how far the evaluations of a group are from multiples of its interval, in milliseconds. */
export function offsetOf(key: string, intervalMillis: number): number {
  return Number(xxHash64(Buffer.from(key)) % BigInt(Math.max(1, intervalMillis)));
}
