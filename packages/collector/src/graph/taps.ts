import type { Batch } from '@otelier/otlp';

/** Listeners for the batches that pass a point in the graph. */
export class Taps {
  /** Whether there are listeners. A field rather than a getter, because it is read for every batch. */
  watched = false;
  readonly #listeners = new Set<(batch: Batch) => void>();

  add(listener: (batch: Batch) => void): () => void {
    this.#listeners.add(listener);
    this.watched = true;
    return () => {
      this.#listeners.delete(listener);
      this.watched = this.#listeners.size > 0;
    };
  }

  show(batch: Batch): void {
    for (const listener of this.#listeners) listener(batch);
  }
}
