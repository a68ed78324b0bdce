import type { MetricSamplesQuery, MetricStream } from '../../samples.ts';
import type { StatementLimits } from '../duck/protocol.ts';
import type { ReadContext } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import type { Points } from './point-cache.ts';
import { type PointBudget, pointsOf, takeFrom } from './points-statement.ts';

const COLUMNS = [
  // The flag of stale points, which are rare, is the fraction of the position.
  'position::DOUBLE + (coalesce(flags, 0) & 1)::DOUBLE / 2',
  'epoch_ms(time)::DOUBLE',
  "coalesce(value_double, value_int::DOUBLE, 'NaN'::DOUBLE)",
  'file_index::DOUBLE',
];
const START_TIME = 'coalesce(epoch_ms(start_time), 0)::DOUBLE';
/** Rows of one fetch. */
const ROWS = 65_536;
const NONE = new Float64Array();

/** The columns of one fetch. */
interface Rows {
  readonly positions: Float64Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly files: Float64Array;
  readonly startTimes: Float64Array;
}

/**
 * Reads the points of gauges and sums: for each file a list with the points of each stream. The rows come in the order in
 * which the engine's threads read them, and are then distributed and sorted, which takes a fraction of the time that the
 * engine needs to sort them.
 */
export async function readPointRows(
  context: ReadContext,
  query: MetricSamplesQuery,
  files: Files,
  streams: readonly MetricStream[],
  budget: PointBudget,
): Promise<readonly (readonly Points[])[]> {
  const hasStartTimes = query.withoutStartTimes !== true;
  const text = pointsOf(query, files, streams, hasStartTimes ? [...COLUMNS, START_TIME] : COLUMNS);
  const limits: StatementLimits = { ...context.limits, maxRows: ROWS };
  const statement = { tenant: query.tenant, text, parameters: {}, limits, areNumbers: true };
  const fetched: Rows[] = [];
  const counts = files.all.map(() => new Uint32Array(streams.length));
  for await (const { numbers, rowCount } of context.duck.stream(statement)) {
    takeFrom(budget, rowCount, query);
    const [positions = NONE, times = NONE, values = NONE, from = NONE, startTimes = NONE] = numbers ?? [];
    for (let row = 0; row < positions.length; row++) counts[from[row]][positions[row] | 0] += 1;
    fetched.push({ positions, times, values, files: from, startTimes });
  }
  const columns = counts.map((own) => new FileColumns(own, hasStartTimes));
  for (const { positions, times, values, files: from, startTimes } of fetched) {
    for (let row = 0; row < positions.length; row++) {
      const target = columns[from[row]];
      const position = positions[row] | 0;
      const at = target.next[position];
      target.next[position] = at + 1;
      target.times[at] = times[row];
      target.values[at] = values[row];
      if (hasStartTimes) target.startTimes[at] = startTimes[row];
      if (positions[row] !== position) target.stale[at] = 1;
    }
  }
  return columns.map((one) => one.points());
}

/** The points of all streams in a file, one stream after another. */
class FileColumns {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly startTimes: Float64Array;
  readonly stale: Uint8Array;
  /** Where the next point of each stream goes; in the end, the ends of the streams. */
  readonly next: Uint32Array;

  constructor(counts: Uint32Array, hasStartTimes: boolean) {
    this.next = new Uint32Array(counts.length);
    let total = 0;
    for (let position = 0; position < counts.length; position++) {
      this.next[position] = total;
      total += counts[position];
    }
    this.times = new Float64Array(total);
    this.values = new Float64Array(total);
    this.startTimes = new Float64Array(hasStartTimes ? total : 0);
    this.stale = new Uint8Array(total);
  }

  /** Returns the points of each stream. */
  points(): readonly Points[] {
    const hasStale = this.stale.includes(1);
    const hasStartTimes = this.startTimes.length > 0;
    let from = 0;
    return Array.from(this.next, (to) => {
      const points = {
        times: this.times.subarray(from, to),
        values: this.values.subarray(from, to),
        startTimes: hasStartTimes ? this.startTimes.subarray(from, to) : undefined,
        stale: hasStale ? this.stale.subarray(from, to) : undefined,
      };
      from = to;
      return inTimeOrder(points);
    });
  }
}

/** Returns points in time order. */
export function inTimeOrder({ times, values, startTimes, stale }: Points): Points {
  if (isAscending(times)) return { times, values, startTimes, stale };
  const order = orderOf(times);
  return {
    times: inOrder(times, order, new Float64Array(order.length)),
    values: inOrder(values, order, new Float64Array(order.length)),
    startTimes: startTimes && inOrder(startTimes, order, new Float64Array(order.length)),
    stale: stale && inOrder(stale, order, new Uint8Array(order.length)),
  };
}

function isAscending(times: Float64Array): boolean {
  for (let index = 1; index < times.length; index++) if (times[index - 1] > times[index]) return false;
  return true;
}

/** Returns the indexes of times in ascending order. */
function orderOf(times: Float64Array): Float64Array {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const time of times) {
    if (time < first) first = time;
    if (time > last) last = time;
  }
  const size = times.length;
  if ((last - first + 1) * size > Number.MAX_SAFE_INTEGER) {
    return Float64Array.from(times.keys()).sort((a, b) => times[a] - times[b] || a - b);
  }
  // Numbers of time and index together are sorted without calling a function for each comparison.
  const order = new Float64Array(size);
  for (let index = 0; index < size; index++) order[index] = (times[index] - first) * size + index;
  order.sort();
  for (let at = 0; at < size; at++) order[at] %= size;
  return order;
}

function inOrder<Column extends Float64Array | Uint8Array>(from: Column, order: Float64Array, to: Column): Column {
  for (let at = 0; at < order.length; at++) to[at] = from[order[at]];
  return to;
}
