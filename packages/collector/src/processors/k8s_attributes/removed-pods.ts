import type { Clock } from '@otelier/transport';

/** Removals that happen after a time. */
export class RemovedPods {
  readonly #clock: Clock;
  readonly #delayMillis: number;
  readonly #max: number;
  #waiting: { readonly dueMillis: number; readonly remove: () => void }[] = [];
  /** Entries at the beginning of the list that are done. */
  #done = 0;
  #cancel: (() => void) | undefined;

  /** With more than `max` waiting removals, the oldest happen at once. */
  constructor(clock: Clock, delayMillis: number, max: number) {
    this.#clock = clock;
    this.#delayMillis = delayMillis;
    this.#max = max;
  }

  add(remove: () => void): void {
    this.#waiting.push({ dueMillis: this.#clock.monotonic() + this.#delayMillis, remove });
    if (this.#waiting.length - this.#done > this.#max) this.#removeFirst();
    this.#schedule();
  }

  close(): void {
    this.#cancel?.();
    this.#waiting = [];
    this.#done = 0;
  }

  #schedule(): void {
    const first = this.#waiting[this.#done];
    if (first === undefined || this.#cancel !== undefined) return;
    this.#cancel = this.#clock.setTimeout(
      () => {
        this.#cancel = undefined;
        this.#removeDue();
        this.#schedule();
      },
      Math.max(0, first.dueMillis - this.#clock.monotonic()),
    );
  }

  #removeDue(): void {
    const nowMillis = this.#clock.monotonic();
    while (this.#done < this.#waiting.length && this.#waiting[this.#done].dueMillis <= nowMillis) this.#removeFirst();
  }

  #removeFirst(): void {
    this.#waiting[this.#done]?.remove();
    this.#done += 1;
    if (this.#done < this.#waiting.length / 2) return;
    this.#waiting = this.#waiting.slice(this.#done);
    this.#done = 0;
  }
}
