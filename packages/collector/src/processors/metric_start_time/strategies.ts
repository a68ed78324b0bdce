import { DataPointView, type ItemCursor, METRIC_FIELDS, type MetricKind } from '@otelier/otlp';
import { readTemporality, TEMPORALITY } from '../../metrics/metric-data.ts';
import { PointRecord } from '../../metrics/point-record.ts';
import type { StreamTable } from '../../metrics/stream-table.ts';
import type { StrategyName } from './config.ts';
import { subtractReference } from './subtract.ts';
import { isReset, readValues, type Values, ZERO } from './values.ts';

/** The state of a stream. */
export interface State {
  startTimeUnixNano: bigint;
  previous: Values;
  /** The bucket layout when the stream began. */
  shape: readonly number[];
  /** The values to subtract. */
  reference: Values;
}

interface Moment {
  /** The process start time, in nanoseconds. */
  readonly startTime: bigint;
  readonly nowMillis: number;
}

/** Sets the start time of the point at the cursor, and returns whether to keep the point. */
type Strategy = (cursor: ItemCursor, kind: MetricKind, key: string, moment: Moment) => boolean;

/** The flag of points with no recorded value. */
const NO_RECORDED_VALUE = 1;
/** How long before its next point a stream starts after a reset. */
const RESET_NANOS = 1_000_000n;

/** Reports whether a strategy applies to the metric at the cursor. */
export function isAdjusted(strategy: StrategyName, cursor: ItemCursor): boolean {
  const { dataField } = cursor;
  if (dataField === METRIC_FIELDS.gauge) return false;
  if (dataField === METRIC_FIELDS.summary || strategy === 'start_time_metric') return true;
  if (dataField === METRIC_FIELDS.sum && strategy === 'true_reset_point') return true;
  return readTemporality(cursor) === TEMPORALITY.cumulative;
}

/** Creates a strategy that stores stream state in a table. */
export function createStrategy(name: StrategyName, states: StreamTable<State>): Strategy {
  const point = new DataPointView();
  const record = new PointRecord();
  return (cursor, kind, key, { startTime, nowMillis }) => {
    point.ofKind(kind).reset(cursor.bytes, cursor.start, cursor.end);
    const { startTimeUnixNano, timeUnixNano, flags } = point;
    if (startTimeUnixNano !== 0n && startTimeUnixNano !== timeUnixNano) return true;
    const values = readValues(point, kind);
    const state = states.use(key, nowMillis);
    record.moveTo(cursor, kind);
    if (state === undefined) {
      const start = name === 'start_time_metric' ? startTime : timeUnixNano;
      states.insert(
        key,
        { startTimeUnixNano: start, previous: values, shape: values.shape, reference: values },
        nowMillis,
      );
      if (name === 'subtract_initial_point') return false;
      record.setFixed64('startTimeUnixNano', start).record();
      return true;
    }
    if (name === 'start_time_metric' || (flags & NO_RECORDED_VALUE) === 0) {
      const wasReset = isReset(values, state.previous, state.shape);
      if (wasReset) restart(state, values, timeUnixNano, isShapeUpdated(name, kind));
      else if (name === 'subtract_initial_point') subtractReference(record, kind, point, values, state.reference);
      state.previous = values;
    }
    record.setFixed64('startTimeUnixNano', state.startTimeUnixNano).record();
    return true;
  };
}

function restart(state: State, values: Values, timeUnixNano: bigint, updatesShape: boolean): void {
  state.startTimeUnixNano = BigInt.asUintN(64, timeUnixNano - RESET_NANOS);
  state.reference = ZERO;
  if (updatesShape) state.shape = values.shape;
}

/**
 * Reports whether a reset updates the bucket layout. The Collector omits this in the other cases, so each later point
 * is a reset.
 */
function isShapeUpdated(name: StrategyName, kind: MetricKind): boolean {
  return name === 'subtract_initial_point' || (name === 'true_reset_point' && kind === 'exponentialHistogram');
}
