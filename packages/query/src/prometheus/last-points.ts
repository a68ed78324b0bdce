import type { MetricSamples, MetricStream } from '@otelier/store';

/** A range of times, both ends inclusive, in milliseconds. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** Length of the first range that is read. Each one after is four times as long. */
const FIRST_RANGE_MILLIS = 60_000;
const MAX_READS = 8;

/**
 * Returns points of streams that include the last one of each, by reading short ranges that end with the newest points of
 * streams which have not been read.
 */
export async function lastPoints(
  streams: readonly MetricStream[],
  read: (range: Range, streams: readonly MetricStream[]) => Promise<readonly MetricSamples[]>,
): Promise<readonly MetricSamples[]> {
  const found: MetricSamples[] = [];
  let remaining = streams;
  for (let reads = 0; remaining.length > 0; reads++) {
    const end = remaining.reduce((newest, { last }) => Math.max(newest, last), Number.NEGATIVE_INFINITY);
    const start = reads < MAX_READS ? end - FIRST_RANGE_MILLIS * 4 ** reads : earliestOf(remaining);
    found.push(
      ...(await read(
        { start, end },
        remaining.filter(({ last }) => last >= start),
      )),
    );
    remaining = remaining.filter(({ last }) => last < start);
  }
  return found;
}

function earliestOf(streams: readonly MetricStream[]): number {
  return streams.reduce((earliest, { last }) => Math.min(earliest, last), Number.POSITIVE_INFINITY);
}
