import { keyOf, NIL, type Static, stringOf } from '../values/static.ts';

/** A label with its typed value. */
export interface Label {
  readonly name: string;
  readonly value: Static;
}

/** A span that illustrates a point. */
export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly labels: readonly Label[];
  readonly millis: number;
  /** The interval of the point. */
  readonly interval: number;
  /** Undefined for the value of the point itself. */
  readonly value: number | undefined;
}

/** Values by interval; NaN for none. */
export interface TimeSeries {
  readonly labels: readonly Label[];
  readonly values: Float64Array;
  readonly exemplars: readonly Exemplar[];
}

/** Series by the key of their labels. The series without labels has the key `''`. */
export type SeriesSet = ReadonlyMap<string, TimeSeries>;

const METRIC_NAME = '__name__';

/** Returns the key of labels, without the name of the metric. */
export function seriesKey(labels: readonly Label[]): string {
  const own = labels.filter(({ name }) => name !== METRIC_NAME);
  return own.length === 0 ? '' : JSON.stringify(own.map(({ name, value }) => [name, keyOf(value)]));
}

/** Returns the labels of the only series of a query without groups. */
export function nameLabels(name: string): readonly Label[] {
  return [{ name: METRIC_NAME, value: stringOf(name) }];
}

/** Returns the labels of a group. Values that are missing are left out, unless all are. */
export function groupLabels(names: readonly string[], values: readonly Static[]): readonly Label[] {
  const labels = names.flatMap((name, index) => {
    const value = values[index] ?? NIL;
    return value.type === 'nil' ? [] : [{ name, value }];
  });
  return labels.length === 0 ? names.slice(0, 1).map((name) => ({ name, value: NIL })) : labels;
}

/** Combines the labels of two series, and names the operation. */
export function mergeLabels(operator: string, left: readonly Label[], right: readonly Label[]): readonly Label[] {
  const [leftName, rightName] = [left, right].map((labels) => labels.find(({ name }) => name === METRIC_NAME)?.value);
  const own = [...left, ...right].filter(({ name }) => name !== METRIC_NAME);
  const distinct = [...new Map(own.toReversed().map((label) => [label.name, label])).values()].reverse();
  if (leftName?.type !== 'string' || rightName?.type !== 'string') return distinct;
  return [...nameLabels(`(${leftName.value} ${operator} ${rightName.value})`), ...distinct];
}
