/** Finds the input for which a function takes longest. */
export class SlowestCall {
  #millis = 0;
  #wallMillis = 0;
  #input: Uint8Array | undefined;

  /** Runs the function and measures this thread's CPU time, which other programs do not affect. */
  time<T>(input: Uint8Array, run: () => T): T {
    const began = performance.now();
    const before = process.threadCpuUsage();
    const value = run();
    const { user, system } = process.threadCpuUsage(before);
    const millis = (user + system) / 1000;
    if (millis > this.#millis) {
      this.#millis = millis;
      this.#input = input;
    }
    this.#wallMillis = Math.max(this.#wallMillis, performance.now() - began);
    return value;
  }

  /** Returns the longest call. */
  report() {
    return {
      longestBlockMillis: this.#millis,
      longestWallMillis: this.#wallMillis,
      isBlockBounded: false,
      ...(this.#input === undefined ? {} : { slowestInput: this.#input }),
      peakMegabytes: process.resourceUsage().maxRSS / 1000,
    };
  }
}
