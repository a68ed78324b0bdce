import type { PipelineGraph } from '@otelier/query';
import { receivedTotals } from './pipeline-stats.ts';

/** Items received of each signal, and bytes, since the gateway's start. */
export interface ReceivedSample {
  readonly atMillis: number;
  readonly items: Readonly<Record<string, number>>;
  readonly bytes: number;
}

const MAX_SAMPLES = 3600;
/** What is kept beyond the visit is coarser. */
const KEPT_MILLIS = 5000;
/** A shorter time says too little. */
const MIN_MILLIS = 500;
/** Between samples further apart than this nothing is known. */
const GAP_MILLIS = 12_000;

/** What came in, second by second, since the page was opened: an hour at most. */
export class PipelineHistory {
  readonly #samples: ReceivedSample[] = [];

  add(graph: PipelineGraph): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && graph.atMillis <= last.atMillis) return;
    const sample = { atMillis: graph.atMillis, ...receivedTotals(graph) };
    // Counters that fell back: another process answers now.
    if (last !== undefined && sample.bytes < last.bytes) this.#samples.length = 0;
    this.#samples.push(sample);
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  /** The samples at intervals of five seconds, for another visit. */
  thinned(): readonly ReceivedSample[] {
    let last = Number.NEGATIVE_INFINITY;
    return this.#samples.filter(({ atMillis }) => {
      if (atMillis - last < KEPT_MILLIS - 500) return false;
      last = atMillis;
      return true;
    });
  }

  /** Takes what an earlier visit saw; only before anything was added. */
  restore(samples: readonly ReceivedSample[]): void {
    if (this.#samples.length === 0) this.#samples.push(...samples.slice(-MAX_SAMPLES));
  }

  get firstMillis(): number | undefined {
    return this.#samples[0]?.atMillis;
  }

  /** Items a second of each signal in each step; `null` where nothing is known. */
  rates(startMillis: number, stepMillis: number, steps: number): Readonly<Record<string, readonly (number | null)[]>> {
    const signals = Object.keys(this.#samples.at(-1)?.items ?? {});
    const bounds = Array.from({ length: steps + 1 }, (_, index) => startMillis + index * stepMillis);
    return Object.fromEntries(
      signals.map((signal) => [
        signal,
        bounds.slice(0, -1).map((from, index) => this.#rate(from, bounds[index + 1] ?? from, signal)),
      ]),
    );
  }

  /** Items a second between two times, as far as they are known. */
  #rate(fromMillis: number, toMillis: number, signal: string): number | null {
    const from = Math.max(fromMillis, this.#samples[0]?.atMillis ?? toMillis);
    const to = Math.min(toMillis, this.#samples.at(-1)?.atMillis ?? from);
    if (to - from < MIN_MILLIS) return null;
    const before = this.#totalAt(from, signal);
    const after = this.#totalAt(to, signal);
    return before === undefined || after === undefined ? null : (after - before) / ((to - from) / 1000);
  }

  /** The counter at a time, between the samples around it; `undefined` where they are too far apart. */
  #totalAt(millis: number, signal: string): number | undefined {
    let low = 0;
    let high = this.#samples.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#samples[middle]?.atMillis ?? 0) < millis) low = middle + 1;
      else high = middle;
    }
    const after = this.#samples[low];
    const before = this.#samples[low - 1] ?? after;
    if (after === undefined || before === undefined) return undefined;
    const gap = after.atMillis - before.atMillis;
    const [min, max] = [before.items[signal] ?? 0, after.items[signal] ?? 0];
    if (gap === 0 || millis === after.atMillis) return max;
    return gap > GAP_MILLIS ? undefined : min + ((max - min) * (millis - before.atMillis)) / gap;
  }
}
