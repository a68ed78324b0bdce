import { DataPointView, type ItemCursor, type MetricKind } from '@otelier/otlp';
import { addExponential, combine } from '../../metrics/exponential-merge.ts';
import { readExponentialValues } from '../../metrics/exponential-point.ts';
import { PointRecord } from '../../metrics/point-record.ts';
import { StreamTable, type StreamTableOptions } from '../../metrics/stream-table.ts';

/** Why a point is dropped. */
export type DropReason = 'limit' | 'older_start' | 'out_of_order';

/** Maximum number of exponential histogram buckets per sign. */
const MAX_BUCKETS = 160;

/** The sum of all points in a stream, as an encoded point. */
interface State {
  point: Uint8Array;
}

/** Adds the delta points of each stream to its first one. */
export class Accumulator {
  readonly streams: StreamTable<State>;
  readonly #state = new DataPointView();
  readonly #point = new DataPointView();
  readonly #record = new PointRecord();

  constructor(options: StreamTableOptions) {
    this.streams = new StreamTable(options);
  }

  /** Adds the point at the cursor to its stream and returns the encoded sum, or the reason why the point is dropped. */
  add(cursor: ItemCursor, kind: MetricKind, key: string, nowMillis: number): Uint8Array | DropReason {
    const { bytes, start, end } = cursor;
    const entry = this.streams.use(key, nowMillis);
    if (entry === undefined) {
      const point = bytes.slice(start, end);
      return this.streams.add(key, { point }, nowMillis) ? point : 'limit';
    }
    const state = this.#state.ofKind(kind).reset(entry.point);
    const point = this.#point.ofKind(kind).reset(bytes, start, end);
    const { timeUnixNano } = state;
    if (timeUnixNano === 0n) {
      entry.point = bytes.slice(start, end);
      return entry.point;
    }
    if (point.startTimeUnixNano < state.startTimeUnixNano) return 'older_start';
    if (point.timeUnixNano <= timeUnixNano) return 'out_of_order';
    if (kind === 'histogram' && !hasSameBounds(state, point)) {
      // Buckets with different bounds cannot be added.
      entry.point = bytes.slice(start, end);
      return entry.point;
    }
    const record = this.#record.load(entry.point, kind).setFixed64('timeUnixNano', point.timeUnixNano);
    if (kind === 'histogram') addHistogram(record, state, point);
    else if (kind === 'exponentialHistogram') addExponentialHistogram(record, state, point);
    else addNumber(record, state, point);
    entry.point = record.apply();
    return entry.point;
  }
}

function hasSameBounds({ explicitBounds: a = [] }: DataPointView, { explicitBounds: b = [] }: DataPointView): boolean {
  return a.length === b.length && a.every((bound, index) => bound === b[index]);
}

/** Adds a value. If the value type changes, the sum starts over. */
function addNumber(record: PointRecord, state: DataPointView, point: DataPointView): void {
  const { value, valueKind } = point;
  const before = state.valueKind === valueKind ? (state.value ?? 0) : 0;
  if (valueKind === 'int') record.setNumber(BigInt(before) + BigInt(value ?? 0));
  else if (valueKind === 'double') record.setNumber(Number(before) + Number(value));
}

function addHistogram(record: PointRecord, state: DataPointView, point: DataPointView): void {
  const { bucketCounts: counts = [] } = point;
  const sums = (state.bucketCounts ?? []).map((count, index) => BigInt.asUintN(64, count + (counts[index] ?? 0n)));
  record.setFixed64s('bucketCounts', sums);
  record.setFixed64('count', BigInt.asUintN(64, (state.count ?? 0n) + (point.count ?? 0n)));
  record.setDouble(
    'sum',
    combine(state.sum, point.sum, (a, b) => a + b),
  );
  record.setDouble('min', combine(state.min, point.min, Math.min));
  record.setDouble('max', combine(state.max, point.max, Math.max));
}

function addExponentialHistogram(record: PointRecord, state: DataPointView, point: DataPointView): void {
  const values = readExponentialValues(state);
  addExponential(values, readExponentialValues(point), MAX_BUCKETS);
  record
    .setScale(values.scale)
    .setFixed64('count', values.count)
    .setFixed64('zeroCount', values.zeroCount)
    .setDouble('sum', values.sum)
    .setDouble('min', values.min)
    .setDouble('max', values.max)
    .setDouble('zeroThreshold', values.zeroThreshold === 0 ? undefined : values.zeroThreshold)
    .setBuckets('positive', values.positive)
    .setBuckets('negative', values.negative);
}
