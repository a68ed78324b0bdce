import type { FloatHistogram } from '../promql/histogram/float-histogram.ts';
import { SAMPLE, type SampleSeries } from '../promql/source.ts';

/** Merges series with the same labels, such as those of scopes, and keeps the last of samples at the same time. */
export function mergeSeries(series: readonly SampleSeries[]): readonly SampleSeries[] {
  const groups = new Map<string, SampleSeries[]>();
  for (const one of series) {
    const group = groups.get(one.labels.key);
    if (group === undefined) groups.set(one.labels.key, [one]);
    else group.push(one);
  }
  return [...groups.values()].map((group) =>
    group.length === 1 && group[0] !== undefined && isStrictlyAscending(group[0].times) ? group[0] : merged(group),
  );
}

function isStrictlyAscending(times: Float64Array): boolean {
  for (let index = 1; index < times.length; index++) if (!(times[index] > times[index - 1])) return false;
  return true;
}

interface Point {
  readonly time: number;
  readonly value: number;
  readonly kind: number;
  readonly histogram: FloatHistogram | undefined;
  readonly start: number;
}

function merged(group: readonly SampleSeries[]): SampleSeries {
  const [first] = group;
  if (first === undefined) throw new Error('expected a series');
  const points = group.flatMap(({ times, values, kinds, histograms, startTimes }) =>
    Array.from(
      times,
      (time, index): Point => ({
        time,
        value: values[index],
        kind: kinds?.[index] ?? SAMPLE.float,
        histogram: histograms?.[index],
        start: startTimes?.[index] ?? 0,
      }),
    ),
  );
  points.sort((a, b) => a.time - b.time);
  const kept = points.filter(({ time }, index) => points[index + 1]?.time !== time);
  return {
    labels: first.labels,
    times: Float64Array.from(kept, ({ time }) => time),
    values: Float64Array.from(kept, ({ value }) => value),
    kinds: Uint8Array.from(kept, ({ kind }) => kind),
    histograms: kept.map(({ histogram }) => histogram),
    startTimes: Float64Array.from(kept, ({ start }) => start),
  };
}
