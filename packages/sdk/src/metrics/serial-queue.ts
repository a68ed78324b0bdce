/** Runs tasks sequentially. A task that need not wait starts synchronously, because a closing page has no time. */
export class SerialQueue {
  #last: Promise<void> | undefined;

  /** Whether a task is running. */
  get isBusy(): boolean {
    return this.#last !== undefined;
  }

  /** Runs `work` after all earlier tasks. Returns a promise only if there is something to await. */
  run(work: () => Promise<void> | undefined): Promise<void> | undefined {
    const running = this.#last === undefined ? work() : this.#last.then(work);
    if (running === undefined) return undefined;
    const last = running.finally(() => {
      if (this.#last === last) this.#last = undefined;
    });
    this.#last = last;
    return last;
  }
}
