import type { ScriptResult } from './run-scripts.ts';

const STATS_DECODING =
  'inside histogram_count, Prometheus reads histograms without their buckets and marks each as a reset or not while ' +
  'reading, which makes a warning of the aggregation depend on the function around it';

/** Cases of Prometheus' scripts that differ, with the reason: by script, the lines of the module's version. */
export const KNOWN_DIFFERENCES: Readonly<Record<string, ReadonlyMap<number, string>>> = {
  native_histograms: new Map(
    [1857, 1862, 1867, 1872, 1880, 1885, 1947, 1951, 1955].map((line) => [line, STATS_DECODING]),
  ),
};

/** Returns the differences of a script that are not known. */
export function unknownDifferences({ name, differences }: ScriptResult): ScriptResult['differences'] {
  const known = KNOWN_DIFFERENCES[name];
  return differences.filter(({ line }) => known?.has(line) !== true);
}
