/**
 * The progress of event time: the minimum of the newest times of all active sources. A source that has been idle for
 * too long is ignored, so that it does not hold up the others.
 */
export class Watermark {
  readonly #idleMillis: number;
  readonly #sources = new Map<string, { newestMillis: number; activeMillis: number }>();

  constructor(idleMillis: number) {
    this.#idleMillis = idleMillis;
  }

  /** Records a source's newest event time; `-Infinity` if the source has only announced itself. */
  observe(source: string, newestMillis: number, nowMillis: number): void {
    const known = this.#sources.get(source);
    if (known === undefined) {
      this.#sources.set(source, { newestMillis, activeMillis: nowMillis });
      return;
    }
    known.newestMillis = Math.max(known.newestMillis, newestMillis);
    known.activeMillis = nowMillis;
  }

  /** Returns the time up to which all active sources have sent, or `Infinity` if there are none. Removes idle sources. */
  at(nowMillis: number): number {
    let smallest = Number.POSITIVE_INFINITY;
    for (const [source, { newestMillis, activeMillis }] of this.#sources) {
      if (nowMillis - activeMillis >= this.#idleMillis) this.#sources.delete(source);
      else smallest = Math.min(smallest, newestMillis);
    }
    return smallest;
  }
}

/** Detects partial aggregates that arrive twice, by source and number. */
export class SeenNumbers {
  readonly #sources = new Map<string, { next: number; readonly beyond: Set<number> }>();

  /** Records a number and reports whether it is new. A source's numbers start at 0. */
  isNew(source: string, number: number): boolean {
    let seen = this.#sources.get(source);
    // The most recent source is last in the map.
    if (seen === undefined) seen = { next: 0, beyond: new Set() };
    else this.#sources.delete(source);
    this.#sources.set(source, seen);
    if (this.#sources.size > MAX_SOURCES) this.#sources.delete(this.#sources.keys().next().value ?? source);
    if (number < seen.next || seen.beyond.has(number)) return false;
    seen.beyond.add(number);
    while (seen.beyond.delete(seen.next)) seen.next += 1;
    // Numbers that have been missing for this long will not arrive any more.
    if (seen.beyond.size > MAX_BEYOND) {
      seen.next = Math.max(...seen.beyond) + 1;
      seen.beyond.clear();
    }
    return true;
  }
}

/** Maximum number of sources whose numbers are tracked: nodes, threads, and their earlier runs. */
const MAX_SOURCES = 1000;
const MAX_BEYOND = 10_000;
