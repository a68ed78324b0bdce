import type { PipelineGraph } from '@otelier/query';
import { receivedTotals } from './pipeline-figures.ts';

/** Items received of each signal, and bytes, since the gateway's start. */
export interface ReceivedSample {
  readonly atMillis: number;
  readonly items: Readonly<Record<string, number>>;
  readonly bytes: number;
}

const MOST_SAMPLES = 3600;

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
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift();
  }

  get firstMillis(): number | undefined {
    return this.#samples[0]?.atMillis;
  }

  /** Items a second of each signal in each step; `null` where nothing is known. */
  rates(startMillis: number, stepMillis: number, steps: number): Readonly<Record<string, readonly (number | null)[]>> {
    const signals = Object.keys(this.#samples.at(-1)?.items ?? {});
    const bounds = Array.from({ length: steps + 1 }, (_, index) => this.#at(startMillis + index * stepMillis));
    return Object.fromEntries(
      signals.map((signal) => [
        signal,
        Array.from({ length: steps }, (_, index) => rateBetween(bounds[index], bounds[index + 1], signal)),
      ]),
    );
  }

  /** The first sample at or after a time, else the newest one when the time is not over yet. */
  #at(millis: number): ReceivedSample | undefined {
    let low = 0;
    let high = this.#samples.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#samples[middle]?.atMillis ?? 0) < millis) low = middle + 1;
      else high = middle;
    }
    return this.#samples[low] ?? this.#samples.at(-1);
  }
}

function rateBetween(from: ReceivedSample | undefined, to: ReceivedSample | undefined, signal: string): number | null {
  if (from === undefined || to === undefined || to.atMillis - from.atMillis < 500) return null;
  return ((to.items[signal] ?? 0) - (from.items[signal] ?? 0)) / ((to.atMillis - from.atMillis) / 1000);
}
