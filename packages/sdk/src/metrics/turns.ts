/** Runs one thing after the other, and the first of them at once: a page that is about to go has no time to wait. */
export class Turns {
  #last: Promise<void> | undefined;

  /** Whether something is running. */
  get isBusy(): boolean {
    return this.#last !== undefined;
  }

  /** Runs `work` when all before has ended. A promise when there is something to wait for. */
  take(work: () => Promise<void> | undefined): Promise<void> | undefined {
    const running = this.#last === undefined ? work() : this.#last.then(work);
    if (running === undefined) return undefined;
    const last = running.finally(() => {
      if (this.#last === last) this.#last = undefined;
    });
    this.#last = last;
    return last;
  }
}
