import type { PipelineGraph } from '@otelier/query';
import { receivedTotals } from './pipeline-stats.ts';

/** Items of each signal, and bytes, received since the gateway started. */
export interface ReceivedSample {
  readonly atMillis: number;
  readonly items: Readonly<Record<string, number>>;
  readonly bytes: number;
}

const MAX_SAMPLES = 3600;
/** Interval between saved samples. */
const KEPT_MILLIS = 5000;
/** Minimum interval over which a rate is computed. */
const MIN_MILLIS = 500;
/** Maximum distance between samples for interpolation. */
const GAP_MILLIS = 12_000;

/** The history of ingest rates since the page was opened, for at most an hour. */
export class PipelineHistory {
  readonly #samples: ReceivedSample[] = [];

  add(graph: PipelineGraph): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && graph.atMillis <= last.atMillis) return;
    const sample = { atMillis: graph.atMillis, ...receivedTotals(graph) };
    // Lower counters mean that the gateway process was restarted.
    if (last !== undefined && sample.bytes < last.bytes) this.#samples.length = 0;
    this.#samples.push(sample);
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  /** Returns samples at five-second intervals for the next visit. */
  downsampled(): readonly ReceivedSample[] {
    let last = Number.NEGATIVE_INFINITY;
    return this.#samples.filter(({ atMillis }) => {
      if (atMillis - last < KEPT_MILLIS - 500) return false;
      last = atMillis;
      return true;
    });
  }

  /** Restores the samples from an earlier visit. Must be called before any sample is added. */
  restore(samples: readonly ReceivedSample[]): void {
    if (this.#samples.length === 0) this.#samples.push(...samples.slice(-MAX_SAMPLES));
  }

  get firstMillis(): number | undefined {
    return this.#samples[0]?.atMillis;
  }

  /** Returns items per second for each signal and step; `null` where unknown. */
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

  /** Returns the items per second between two times, if known. */
  #rate(fromMillis: number, toMillis: number, signal: string): number | null {
    const from = Math.max(fromMillis, this.#samples[0]?.atMillis ?? toMillis);
    const to = Math.min(toMillis, this.#samples.at(-1)?.atMillis ?? from);
    if (to - from < MIN_MILLIS) return null;
    const before = this.#totalAt(from, signal);
    const after = this.#totalAt(to, signal);
    return before === undefined || after === undefined ? null : (after - before) / ((to - from) / 1000);
  }

  /** Returns the counter at a time by interpolation, or `undefined` if the samples around it are too far apart. */
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
