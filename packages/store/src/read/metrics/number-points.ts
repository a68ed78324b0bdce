import type { MetricSamples, MetricSamplesQuery, MetricStream } from '../../samples.ts';
import type { ReadContext } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import type { Points } from './point-cache.ts';
import { inTimeOrder, readPointRows } from './point-rows.ts';
import { type PointBudget, takeFrom } from './points-statement.ts';

/**
 * Returns the points of gauges and sums. Those of files that are completely in the range are kept for further queries,
 * unless start times are wanted, which are seldom needed.
 */
export async function readNumberPoints(
  context: ReadContext,
  query: MetricSamplesQuery,
  files: Files,
  streams: readonly MetricStream[],
  budget: PointBudget,
): Promise<readonly MetricSamples[]> {
  if (streams.length === 0) return [];
  const pieces = streams.map((): Points[] => []);
  const add = (points: readonly Points[]): void => {
    for (const [position, own] of points.entries()) if (own.times.length > 0) pieces[position]?.push(own);
  };
  const isKept = query.withoutStartTimes === true;
  const within = isKept ? files.all.filter((file) => new Files([file]).lieWithin(query.start, query.end)) : [];
  for (const points of await keptPoints(context, query, new Files(within), streams, budget)) add(points);
  const others = new Files(files.all.filter((file) => !within.includes(file)));
  if (!others.isEmpty) for (const points of await readPointRows(context, query, others, streams, budget)) add(points);
  return streams.flatMap((stream, position) => {
    const own = pieces[position] ?? [];
    return own.length === 0 ? [] : [samplesOf(stream, joined(own))];
  });
}

/** Returns the points of streams in whole files, of which only unknown ones are read. */
async function keptPoints(
  context: ReadContext,
  query: MetricSamplesQuery,
  files: Files,
  streams: readonly MetricStream[],
  budget: PointBudget,
): Promise<readonly (readonly Points[])[]> {
  const found: (readonly Points[])[] = [];
  const missing = files.all.filter(({ path }) => {
    const known = context.points.file(path);
    const points = streams.map(({ id }) => known?.get(id));
    if (!points.every((one) => one !== undefined)) return true;
    for (const { times } of points) takeFrom(budget, times.length, query);
    found.push(points);
    return false;
  });
  if (missing.length === 0) return found;
  const read = await readPointRows(context, query, new Files(missing), streams, budget);
  for (const [index, points] of read.entries()) {
    context.points.add(
      missing[index]?.path ?? '',
      points.map((own, position) => [streams[position]?.id ?? '', own] as const),
    );
  }
  return [...found, ...read];
}

/** Joins the points of a stream in several files. */
function joined(pieces: readonly Points[]): Points {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first;
  const total = pieces.reduce((sum, { times }) => sum + times.length, 0);
  const times = new Float64Array(total);
  const values = new Float64Array(total);
  const startTimes = pieces.some((piece) => piece.startTimes !== undefined) ? new Float64Array(total) : undefined;
  const stale = pieces.some((piece) => piece.stale !== undefined) ? new Uint8Array(total) : undefined;
  let at = 0;
  for (const piece of pieces.toSorted((a, b) => a.times[0] - b.times[0])) {
    times.set(piece.times, at);
    values.set(piece.values, at);
    if (piece.startTimes !== undefined) startTimes?.set(piece.startTimes, at);
    if (piece.stale !== undefined) stale?.set(piece.stale, at);
    at += piece.times.length;
  }
  return inTimeOrder({ times, values, startTimes, stale });
}

function samplesOf(stream: MetricStream, { times, values, startTimes, stale }: Points): MetricSamples {
  return {
    ...{ stream, times, values, distributions: undefined, exemplars: [] },
    startTimes: startTimes ?? zeros(times.length),
    stale: stale ?? new Uint8Array(times.length),
  };
}

let zeroTimes = new Float64Array();

/** Returns zeros, which most streams share. */
function zeros(count: number): Float64Array {
  if (zeroTimes.length < count) zeroTimes = new Float64Array(count);
  return zeroTimes.subarray(0, count);
}
