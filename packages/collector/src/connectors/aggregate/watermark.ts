/**
 * The progress of event time: the smallest of the newest times of all sources that send. A source that was idle for too
 * long does not count, so that it does not stop the others.
 */
export class Watermark {
  readonly #idleMillis: number;
  readonly #sources = new Map<string, { newestMillis: number; activeMillis: number }>();

  constructor(idleMillis: number) {
    this.#idleMillis = idleMillis;
  }

  /** Notes what a source has sent: its newest time, or `-Infinity` if it has only begun. */
  observe(source: string, newestMillis: number, nowMillis: number): void {
    const known = this.#sources.get(source);
    if (known === undefined) {
      this.#sources.set(source, { newestMillis, activeMillis: nowMillis });
      return;
    }
    known.newestMillis = Math.max(known.newestMillis, newestMillis);
    known.activeMillis = nowMillis;
  }

  /** Returns the time up to which all active sources have sent, and `Infinity` without any. Forgets idle sources. */
  at(nowMillis: number): number {
    let smallest = Number.POSITIVE_INFINITY;
    for (const [source, { newestMillis, activeMillis }] of this.#sources) {
      if (nowMillis - activeMillis >= this.#idleMillis) this.#sources.delete(source);
      else smallest = Math.min(smallest, newestMillis);
    }
    return smallest;
  }
}

/** Recognizes partial aggregates that arrive twice, by their source and number. */
export class SeenNumbers {
  readonly #sources = new Map<string, { next: number; readonly beyond: Set<number> }>();

  /** Reports whether the number is new, and notes it. Numbers of a source begin at 0. */
  isNew(source: string, number: number): boolean {
    let seen = this.#sources.get(source);
    // The source that sent last is the last in the map.
    if (seen === undefined) seen = { next: 0, beyond: new Set() };
    else this.#sources.delete(source);
    this.#sources.set(source, seen);
    if (this.#sources.size > MAX_SOURCES) this.#sources.delete(this.#sources.keys().next().value ?? source);
    if (number < seen.next || seen.beyond.has(number)) return false;
    seen.beyond.add(number);
    while (seen.beyond.delete(seen.next)) seen.next += 1;
    // Numbers that are missing for so long do not come any more.
    if (seen.beyond.size > MAX_BEYOND) {
      seen.next = Math.max(...seen.beyond) + 1;
      seen.beyond.clear();
    }
    return true;
  }
}

/** The number of sources whose numbers are remembered: nodes, threads, and their earlier runs. */
const MAX_SOURCES = 1000;
const MAX_BEYOND = 10_000;
