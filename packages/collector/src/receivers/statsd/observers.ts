import { compilePattern } from '@otelier/query/pattern';
import type { StatsdConfig } from './config.ts';
import type { StatsdType } from './parse-line.ts';

/** What the values of a metric become. */
export type Observer =
  | { readonly kind: 'gauge' }
  | { readonly kind: 'summary'; readonly percentiles: readonly number[] }
  | { readonly kind: 'explicit'; readonly bounds: Float64Array }
  | { readonly kind: 'exponential'; readonly maxSize: number };

type ObserverOf = (name: string) => Observer;
type Mapping = StatsdConfig['timerHistogramMapping'][number];

const DEFAULT_PERCENTILES = [0, 10, 50, 90, 95, 100];

/** Chooses what timings, histograms and distributions become. */
export class Observers {
  #timings: ObserverOf | undefined;
  /** As in the Collector, distributions are mapped like histograms: the last mapping of either counts. */
  #histograms: ObserverOf | undefined;

  constructor(mappings: readonly Mapping[]) {
    for (const mapping of mappings) {
      const isTiming = mapping.statsdType === 'timing' || mapping.statsdType === 'timer';
      if (isTiming) this.#timings = observerOf(mapping);
      else this.#histograms = observerOf(mapping);
    }
  }

  /** Returns what the values of a metric become; `undefined` if its type is not mapped. */
  find(type: StatsdType, name: string): Observer | undefined {
    return (type === 'timing' ? this.#timings : this.#histograms)?.(name);
  }
}

function observerOf({ observerType, histogram, summary }: Mapping): ObserverOf {
  if (observerType === 'gauge') return () => ({ kind: 'gauge' });
  if (observerType === 'summary') {
    const percentiles = summary.percentiles.length === 0 ? DEFAULT_PERCENTILES : summary.percentiles;
    return () => ({ kind: 'summary', percentiles });
  }
  const explicit = (histogram.explicitBuckets ?? []).map(({ matcherPattern, buckets }) => ({
    pattern: compilePattern(matcherPattern),
    observer: { kind: 'explicit', bounds: Float64Array.from(buckets) } as const,
  }));
  const exponential = { kind: 'exponential', maxSize: histogram.maxSize } as const;
  return (name) => explicit.find(({ pattern }) => pattern.test(name))?.observer ?? exponential;
}
