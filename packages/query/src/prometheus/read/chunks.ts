import { SAMPLE, type SampleSeries } from '../../promql/source.ts';
import type { Chunk } from './chunk.ts';
import { floatChunk } from './float-chunk.ts';
import { continuesChunk, histogramChunk, type TimedHistogram } from './histogram-chunk.ts';

/** Samples of a chunk, as in Prometheus' own. */
const SAMPLES_PER_CHUNK = 120;

/** Encodes the samples of a series as chunks, in time order. */
export function* chunksOf(series: SampleSeries): Generator<Chunk> {
  const { times } = series;
  let from = 0;
  while (from < times.length) {
    const first = histogramAt(series, from);
    let to = from + 1;
    if (first === undefined) {
      while (to < times.length && to - from < SAMPLES_PER_CHUNK && histogramAt(series, to) === undefined) to += 1;
      yield floatChunk(series, from, to);
    } else {
      const all: [TimedHistogram, ...TimedHistogram[]] = [first];
      for (; to < times.length && all.length < SAMPLES_PER_CHUNK; to++) {
        const next = histogramAt(series, to);
        if (next === undefined || !continuesChunk(all.at(-1) ?? first, next)) break;
        all.push(next);
      }
      yield histogramChunk(all);
    }
    from = to;
  }
}

function histogramAt({ times, kinds, histograms }: SampleSeries, index: number): TimedHistogram | undefined {
  const histogram = kinds?.[index] === SAMPLE.histogram ? histograms?.[index] : undefined;
  return histogram === undefined ? undefined : { time: times[index], histogram };
}
