/** CPU time of a resource when it was last read. */
interface Sample {
  readonly seconds: number;
  readonly timeMillis: number;
}

/** Calculates the CPUs that resources use from their CPU time at the last reading and at this one. */
export class CpuRates {
  #previous = new Map<string, Sample>();
  #current = new Map<string, Sample>();

  /** Begins a reading. Resources that the last one did not have are forgotten. */
  begin(): void {
    this.#previous = this.#current;
    this.#current = new Map();
  }

  /** Returns the CPUs used; `undefined` at the first reading, if the kubelet has no newer value, and after a restart. */
  rate(key: string, seconds: number, timeMillis: number): number | undefined {
    const previous = this.#previous.get(key);
    this.#current.set(key, { seconds, timeMillis });
    if (previous === undefined) return undefined;
    const elapsedSeconds = (timeMillis - previous.timeMillis) / 1000;
    const used = seconds - previous.seconds;
    return elapsedSeconds > 0 && used >= 0 ? used / elapsedSeconds : undefined;
  }
}
