/** Steps of a check, which all run, although one has failed. */
export class Steps {
  readonly mismatches: string[] = [];
  readonly #notes: string[] = [];
  #compared = 0;

  /** Runs a step, whose name and duration become part of the note, with what it returns. */
  async run(name: string, run: () => Promise<string | undefined>): Promise<void> {
    this.#compared += 1;
    const startMillis = performance.now();
    try {
      const note = await run();
      const millis = Math.round(performance.now() - startMillis);
      this.#notes.push(`${name} ${note ?? `${millis} ms`}`);
    } catch (error) {
      this.mismatches.push(`${name}: ${String(error)}`);
    }
  }

  get result() {
    return { compared: this.#compared, mismatches: this.mismatches, note: this.#notes.join('; ') };
  }
}

/** Waits until a condition holds. While it throws, it does not hold. */
export async function until(holds: () => Promise<boolean>, millis = 30_000): Promise<void> {
  const deadline = Date.now() + millis;
  for (;;) {
    let reason = `${holds}`;
    const isDone = await holds().catch((error: unknown) => {
      reason = String(error);
      return false;
    });
    if (isDone) return;
    if (Date.now() > deadline) throw new Error(`expected within ${millis} ms: ${reason}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Returns how many milliseconds a condition takes to hold. */
export async function timed(holds: () => Promise<boolean>, millis: number): Promise<number> {
  const startMillis = performance.now();
  await until(holds, millis);
  return Math.round(performance.now() - startMillis);
}
