/** Share of a core that inspections may use. */
const SHARE = 0.005;
/** CPU time that can be saved up. Code that runs for the first time needs most of it. */
const MAX_SAVED_MILLIS = 200;

/**
 * Limits the CPU time of work that can be left out. Work that took longer than what was saved up is followed by a pause,
 * so that the share holds on average whatever a single piece of work costs.
 */
export class CpuBudget {
  readonly #monotonic: () => number;
  #savedMillis = MAX_SAVED_MILLIS;
  #atMillis: number;

  /** `monotonic` returns milliseconds of a clock that does not jump. */
  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
    this.#atMillis = monotonic();
  }

  /** Runs the work if there is time for it, and returns whether it ran. */
  run(work: () => void): boolean {
    if (!this.#hasTime()) return false;
    const before = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(before);
    this.#savedMillis -= (user + system) / 1000;
    return true;
  }

  /** Like `run`, for work of a known cost that is too short to be measured. */
  spend(millis: number): boolean {
    if (!this.#hasTime()) return false;
    this.#savedMillis -= millis;
    return true;
  }

  #hasTime(): boolean {
    const now = this.#monotonic();
    this.#savedMillis = Math.min(MAX_SAVED_MILLIS, this.#savedMillis + Math.max(0, now - this.#atMillis) * SHARE);
    this.#atMillis = now;
    return this.#savedMillis > 0;
  }
}
