import {
  DATA_POINT_FIELDS,
  DataPointView,
  findField,
  type ItemCursor,
  METRIC_FIELDS,
  type MetricKind,
} from '@otelier/otlp';
import { type ExponentialValues, readExponentialValues } from '../../metrics/exponential-point.ts';
import { PointRecord } from '../../metrics/point-record.ts';
import { StreamTable, type StreamTableOptions } from '../../metrics/stream-table.ts';
import { subtractExponential } from './exponential.ts';

/** The last point of a stream. */
interface Last {
  readonly timeUnixNano: bigint;
  readonly value: Value;
}

/** The state of a stream. */
interface State {
  last: Last;
  /** The last batch that updated the stream. */
  batch: number;
  /**
   * The last point before that batch, until the batch's outcome is known; `undefined` if the stream began with the
   * batch.
   */
  before: Last | undefined;
}

/** The streams that a batch has updated. */
export interface Conversion {
  readonly batch: number;
  readonly states: Map<string, State>;
}

type Value =
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'histogram'; readonly histogram: Histogram }
  | { readonly kind: 'exponential'; readonly values: ExponentialValues };

interface Histogram {
  readonly count: bigint;
  readonly sum: number;
  readonly bounds: readonly number[];
  readonly counts: readonly bigint[];
}

/** Why a point is dropped rather than converted. */
export type DropReason = 'reset' | 'initial' | 'bucket_mismatch' | 'no_recorded_value';

/** Options for a `DeltaConverter`. */
export interface DeltaConverterOptions extends StreamTableOptions {
  readonly initialValue: 'auto' | 'keep' | 'drop';
  /** Creation time of the processor. */
  readonly startUnixNano: bigint;
}

/** Converts cumulative points to deltas relative to the previous point of their stream. */
export class DeltaConverter {
  readonly streams: StreamTable<State>;
  readonly #options: DeltaConverterOptions;
  readonly #point = new DataPointView();
  readonly #record = new PointRecord();
  #current: Conversion = { batch: 0, states: new Map() };

  constructor(options: DeltaConverterOptions) {
    this.#options = options;
    this.streams = new StreamTable(options);
  }

  /** Starts a batch. */
  begin(): Conversion {
    this.#current = { batch: this.#current.batch + 1, states: new Map() };
    return this.#current;
  }

  /**
   * Ends a batch. If its sender `repeats` it, the streams are restored unless they have been updated since. Without
   * this, the repeated batch would be compared with itself, and its increase would be lost.
   */
  end({ batch, states }: Conversion, repeats: boolean): void {
    for (const [key, state] of states) {
      if (state.batch !== batch) continue;
      if (!repeats) state.before = undefined;
      else if (state.before === undefined) this.streams.delete(key);
      else state.last = state.before;
    }
  }

  /**
   * Converts the point at the cursor and records its changes, or returns why it must be dropped. `key` identifies the
   * stream.
   */
  convert(cursor: ItemCursor, kind: MetricKind, key: string): DropReason | undefined {
    const point = this.#point.ofKind(kind).reset(cursor.bytes, cursor.start, cursor.end);
    if ((point.flags & NO_RECORDED_VALUE) !== 0) return 'no_recorded_value';
    const value = readValue(point, cursor.dataField);
    // NaN marks a stale stream and is left in the telemetry.
    if (value.kind === 'double' && Number.isNaN(value.value)) return undefined;
    const { timeUnixNano } = point;
    // A stream continues only with the same value type and start time.
    const streamKey = key + KIND_KEYS[value.kind] + startKeyOf(cursor, kind);
    const seenMillis = Number(timeUnixNano / 1_000_000n);
    const state = this.streams.use(streamKey, seenMillis);
    const last = { timeUnixNano, value };
    if (state === undefined) {
      const first = { last, before: undefined, batch: this.#current.batch };
      this.streams.insert(streamKey, first, seenMillis);
      this.#current.states.set(streamKey, first);
      return this.#convertFirst(cursor, point, value);
    }
    const before = state.last;
    const difference = subtract(value, before.value);
    if (difference === 'histogram_reset') return 'reset';
    if (state.batch !== this.#current.batch) {
      state.batch = this.#current.batch;
      state.before = before;
      this.#current.states.set(streamKey, state);
    }
    state.last = withKnownSum(last, before);
    if (typeof difference === 'string') return difference;
    this.#write(cursor, point, difference, before.timeUnixNano);
    return undefined;
  }

  #convertFirst(cursor: ItemCursor, point: DataPointView, value: Value): DropReason | undefined {
    const { startTimeUnixNano } = point;
    switch (this.#options.initialValue) {
      case 'drop':
        return 'initial';
      case 'keep':
        this.#write(cursor, point, value, 0n);
        return undefined;
      case 'auto':
        if (startTimeUnixNano < this.#options.startUnixNano || startTimeUnixNano === point.timeUnixNano)
          return 'initial';
        this.#write(cursor, point, value, startTimeUnixNano);
        return undefined;
    }
  }

  #write(cursor: ItemCursor, point: DataPointView, difference: Value, startTimeUnixNano: bigint): void {
    const record = this.#record.moveTo(cursor, point.kind);
    record.setFixed64('startTimeUnixNano', startTimeUnixNano);
    switch (difference.kind) {
      case 'int':
      case 'double':
        record.setNumber(difference.value);
        break;
      case 'histogram':
        record.setFixed64('count', difference.histogram.count);
        if (point.sum !== undefined && !Number.isNaN(point.sum)) record.setDouble('sum', difference.histogram.sum);
        record.setFixed64s('bucketCounts', difference.histogram.counts);
        break;
      case 'exponential':
        record.setFixed64('count', difference.values.count);
        if (point.sum !== undefined && !Number.isNaN(point.sum)) record.setDouble('sum', difference.values.sum);
        record.setFixed64('zeroCount', difference.values.zeroCount);
        record.setBuckets('positive', difference.values.positive);
        record.setBuckets('negative', difference.values.negative);
    }
    // The minimum and maximum of an interval are unknown.
    record.setDouble('min', undefined);
    record.setDouble('max', undefined);
    record.record();
  }
}

const KIND_KEYS = { int: 'i', double: 'd', histogram: 'h', exponential: 'e' } as const;

/** Returns the start time of the point as a binary string, which is shorter and faster to build than a decimal one. */
function startKeyOf({ bytes, start, end }: ItemCursor, kind: MetricKind): string {
  const at = findField(bytes, start, end, DATA_POINT_FIELDS[kind].startTimeUnixNano);
  return at < 0 ? '' : String.fromCharCode(...bytes.subarray(at, at + 8));
}

/** The flag of points with no recorded value. */
const NO_RECORDED_VALUE = 1;

function readValue(point: DataPointView, dataField: number): Value {
  if (dataField === METRIC_FIELDS.histogram) {
    const { count = 0n, sum = 0, explicitBounds: bounds = [], bucketCounts: counts = [] } = point;
    return { kind: 'histogram', histogram: { count, sum, bounds, counts } };
  }
  if (dataField === METRIC_FIELDS.exponentialHistogram)
    return { kind: 'exponential', values: readExponentialValues(point) };
  const { value } = point;
  return point.valueKind === 'double'
    ? { kind: 'double', value: Number(value) }
    : { kind: 'int', value: BigInt(value ?? 0) };
}

/** Returns the difference, or why there is none. After `histogram_reset`, the previous point is retained. */
function subtract(current: Value, previous: Value): Value | 'reset' | 'bucket_mismatch' | 'histogram_reset' {
  if (current.kind === 'int' && previous.kind === 'int')
    return current.value < previous.value ? 'reset' : { kind: 'int', value: current.value - previous.value };
  if (current.kind === 'double' && previous.kind === 'double')
    return current.value < previous.value ? 'reset' : { kind: 'double', value: current.value - previous.value };
  if (current.kind === 'histogram' && previous.kind === 'histogram')
    return subtractHistogram(current.histogram, previous.histogram);
  if (current.kind === 'exponential' && previous.kind === 'exponential') {
    const values = subtractExponential(current.values, previous.values);
    return values === undefined ? 'histogram_reset' : { kind: 'exponential', values };
  }
  throw new Error(`expected a ${previous.kind} in the stream, got a ${current.kind}`);
}

function subtractHistogram(current: Histogram, previous: Histogram): Value | 'bucket_mismatch' | 'histogram_reset' {
  const { bounds, counts } = current;
  const isSame =
    counts.length === previous.counts.length &&
    bounds.length === previous.bounds.length &&
    bounds.every((bound, index) => bound === previous.bounds[index]);
  if (!isSame) return 'bucket_mismatch';
  const differences = counts.map((count, index) => count - (previous.counts[index] ?? 0n));
  if (current.count < previous.count || differences.some((difference) => difference < 0n)) return 'histogram_reset';
  return {
    kind: 'histogram',
    histogram: {
      bounds,
      counts: differences,
      count: current.count - previous.count,
      sum: current.sum - previous.sum,
    },
  };
}

/** Carries over the last known sum of a histogram whose sum is NaN. */
function withKnownSum(current: Last, { value: previous }: Last): Last {
  const { timeUnixNano, value } = current;
  if (value.kind !== 'histogram' || previous.kind !== 'histogram' || !Number.isNaN(value.histogram.sum)) return current;
  const histogram = { ...value.histogram, sum: previous.histogram.sum };
  return { timeUnixNano, value: { kind: 'histogram', histogram } };
}
