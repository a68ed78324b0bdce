import { DATA_POINT_FIELDS, METRIC_KINDS } from '@otelier/otlp';
import { readExponentialValues } from '../../metrics/exponential-point.ts';
import { readValue } from '../values/codec.ts';
import { jsonOf } from '../values/text.ts';
import { EvaluationError, type ValueMap } from '../values/value.ts';
import type { EditablePoint } from './editable-point.ts';
import { addBuckets } from './exponential-buckets.ts';

/** The aggregation functions for points with equal attributes and times. */
export const AGGREGATIONS = ['sum', 'mean', 'min', 'max', 'median', 'count'] as const;

/**
 * Aggregates points that have the same kind, attributes and time, and the same start time if `isDelta`, like the
 * Collector (`internal/coreinternal/aggregateutil`). Histograms are always merged. Without an aggregation function, the
 * first point wins.
 */
export function aggregatePoints(
  points: readonly EditablePoint[],
  aggregation: string,
  isDelta: boolean,
): EditablePoint[] {
  const groups = new Map<string, EditablePoint[]>();
  for (const point of points) {
    const key = groupKey(point, isDelta);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [point]);
    else group.push(point);
  }
  return [...groups.values()].flatMap((group) => mergeGroup(group, aggregation));
}

function mergeGroup([first, ...others]: readonly EditablePoint[], aggregation: string): EditablePoint[] {
  if (first === undefined) return [];
  switch (first.kind) {
    case 'gauge':
    case 'sum':
      mergeNumbers(first, others, aggregation);
      break;
    case 'histogram':
      for (const other of others) addHistogram(first, other);
      break;
    case 'exponentialHistogram':
      for (const other of others) addExponentialHistogram(first, other);
      break;
    case 'summary':
      break;
  }
  return [first];
}

/** Returns the key shared by all points in a group. Values that JSON cannot represent all fall into one group. */
function groupKey(point: EditablePoint, isDelta: boolean): string {
  const view = point.view();
  const { kind } = point;
  const parts: string[] = [String(METRIC_KINDS.indexOf(kind)), String(view.timeUnixNano)];
  if (isDelta) parts.push(String(view.startTimeUnixNano));
  const hasExtremes = () => `${view.min !== undefined} ${view.max !== undefined} ${view.flags}`;
  if (kind === 'histogram') parts.push(hasExtremes(), String(view.explicitBounds));
  if (kind === 'exponentialHistogram') parts.push(hasExtremes(), String(view.scale));
  if (view.explicitBounds?.some((bound) => !Number.isFinite(bound))) return '';
  const attributes: ValueMap = new Map();
  for (const { key, value } of point.attributes()) attributes.set(key, readValue(value, 0, value.length));
  try {
    return `${jsonOf(attributes)} ${parts.join()}`;
  } catch (error) {
    if (error instanceof EvaluationError) return '';
    throw error;
  }
}

/** Merges number points. The type of the first value determines the type of the result. */
function mergeNumbers(first: EditablePoint, others: readonly EditablePoint[], aggregation: string): void {
  const { value } = first;
  if (value === undefined) return;
  if (typeof value === 'number') first.value = aggregateDoubles(value, others.map(doubleOf), aggregation);
  else first.value = aggregateIntegers(value, others, aggregation);
  for (const other of others) takeEarlierStart(first, other);
}

function aggregateDoubles(first: number, others: readonly number[], aggregation: string): number {
  const values = [first, ...others];
  switch (aggregation) {
    case 'sum':
      return values.reduce((sum, value) => sum + value);
    case 'mean':
      return values.reduce((sum, value) => sum + value) / values.length;
    case 'min':
      return values.reduce((a, b) => Math.min(a, b));
    case 'max':
      return values.reduce((a, b) => Math.max(a, b));
    case 'median':
      return medianOf(values);
    case 'count':
      // As in the Collector, a single point keeps its value.
      return others.length === 0 ? first : values.length;
    default:
      return first;
  }
}

function medianOf(values: number[]): number {
  // NaN is the smallest value in Go.
  const sorted = values.sort((a, b) => Number(Number.isNaN(b)) - Number(Number.isNaN(a)) || a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** Aggregates integers to an integer: means and medians are rounded toward zero. */
function aggregateIntegers(first: bigint, others: readonly EditablePoint[], aggregation: string): bigint {
  const integers = others.map(({ value }) => (typeof value === 'number' ? toInteger(value) : (value ?? 0n)));
  // Sums ignore doubles, as in the Collector.
  const sum = () =>
    others.reduce((total, { value }) => (typeof value === 'bigint' ? BigInt.asIntN(64, total + value) : total), first);
  const values = [first, ...integers];
  switch (aggregation) {
    case 'sum':
      return sum();
    case 'mean':
      return sum() / BigInt(values.length);
    case 'min':
      return sortIntegers(values)[0] ?? first;
    case 'max':
      return sortIntegers(values).at(-1) ?? first;
    case 'median': {
      const sorted = sortIntegers(values);
      const middle = sorted.length >> 1;
      const upper = sorted[middle] ?? 0n;
      return sorted.length % 2 === 1 ? upper : BigInt.asIntN(64, (sorted[middle - 1] ?? 0n) + upper) / 2n;
    }
    case 'count':
      return others.length === 0 ? first : BigInt(values.length);
    default:
      return first;
  }
}

function sortIntegers(values: bigint[]): bigint[] {
  return values.sort((a, b) => Number(a > b) - Number(a < b));
}

function doubleOf({ value }: EditablePoint): number {
  return Number(value ?? 0);
}

function takeEarlierStart(first: EditablePoint, other: EditablePoint): void {
  const { startTimeUnixNano } = other.view();
  if (startTimeUnixNano < first.view().startTimeUnixNano)
    first.edit((record) => record.setFixed64('startTimeUnixNano', startTimeUnixNano));
}

function addHistogram(first: EditablePoint, other: EditablePoint): void {
  const { count: added = 0n, bucketCounts: counts = [] } = other.view();
  if (added === 0n) return;
  addTotals(first, other);
  first.edit((record, view) => {
    const sums = (view.bucketCounts ?? []).map((count, index) => BigInt.asUintN(64, count + (counts[index] ?? 0n)));
    record.setFixed64s('bucketCounts', sums);
  });
  first.appendList(DATA_POINT_FIELDS.histogram.exemplars, other);
  takeEarlierStart(first, other);
}

/** Adds the count and sum, and updates the minimum and maximum. */
function addTotals(first: EditablePoint, other: EditablePoint): void {
  const { count = 0n, sum = 0, min = 0, max = 0 } = other.view();
  first.edit((record, view) => {
    record.setFixed64('count', BigInt.asUintN(64, (view.count ?? 0n) + count)).setDouble('sum', (view.sum ?? 0) + sum);
    if (view.min !== undefined && view.min > min) record.setDouble('min', min);
    if (view.max !== undefined && view.max < max) record.setDouble('max', max);
  });
}

function addExponentialHistogram(first: EditablePoint, other: EditablePoint): void {
  const added = readExponentialValues(other.view());
  if (added.count === 0n) return;
  addTotals(first, other);
  first.edit((record, view) => {
    const values = readExponentialValues(view);
    addBuckets(values.negative, added.negative);
    addBuckets(values.positive, added.positive);
    record
      .setFixed64('zeroCount', BigInt.asUintN(64, values.zeroCount + added.zeroCount))
      .setBuckets('negative', values.negative)
      .setBuckets('positive', values.positive);
  });
  first.appendList(DATA_POINT_FIELDS.exponentialHistogram.exemplars, other);
  takeEarlierStart(first, other);
}

/** Converts a double to an int64 as the Collector does on x86-64: values that do not fit become the smallest integer. */
export function toInteger(value: number): bigint {
  const isInRange = value >= -(2 ** 63) && value < 2 ** 63;
  return isInRange ? BigInt(Math.trunc(value)) : -(2n ** 63n);
}
