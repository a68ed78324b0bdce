import { Annotations } from '../annotations.ts';
import { millisOf } from '../evaluate/resolve.ts';
import { extrapolationFactor } from '../functions/extrapolate.ts';
import { CHANGES } from '../functions/float-changes.ts';
import { KEEPS_NAME, RANGE_FUNCTIONS } from '../functions/range-functions.ts';
import type { RateKind } from '../functions/rate-parts.ts';
import type { Window } from '../functions/window.ts';
import type { CallExpr, MatrixSelector, VectorSelector } from '../parse/ast.ts';
import {
  emptyVector,
  type FloatVector,
  nameless,
  type PlanContext,
  type PlanNode,
  PlanUnavailable,
  type SampleColumns,
  type SelectedColumns,
} from './plan-node.ts';

/** The time that a selector refers to. */
function referenceOf({ at, offset }: VectorSelector, { time }: PlanContext): number {
  return (typeof at === 'number' ? at : time) - millisOf(offset);
}

function columnsOf(selector: VectorSelector, context: PlanContext, start: number): SelectedColumns {
  const selected = context.source.columns(selector.matchers, start);
  if (selected === undefined) throw new PlanUnavailable();
  return selected;
}

/** Creates the part for an instant selector: the last sample of each series within the lookback. */
export function selectNode(selector: VectorSelector): PlanNode {
  return {
    run(context) {
      const reference = referenceOf(selector, context);
      const oldest = reference - context.lookbackMillis;
      const { table, rows } = columnsOf(selector, context, oldest);
      const result = emptyVector(table);
      const { values, present } = result;
      for (let row = 0; row < rows.length; row++) {
        const { times, values: samples, stale, from, to } = rows[row];
        let index = to - 1;
        while (index >= from && times[index] > reference) index -= 1;
        if (index < from || times[index] <= oldest || stale?.[index] === 1) continue;
        values[row] = samples[index];
        present[row] = 1;
      }
      return result;
    },
  };
}

/** Creates the part for a function of a range selector, whose further arguments are numbers. */
export function rangeNode(call: CallExpr, range: MatrixSelector, scalars: readonly number[]): PlanNode | undefined {
  const { selector } = range;
  const change = CHANGES.get(call.name);
  const general = RANGE_FUNCTIONS.get(call.name);
  if (general === undefined || call.name === 'absent_over_time') return undefined;
  const millis = millisOf(range.range);
  const keepsName = KEEPS_NAME.has(call.name);
  return {
    run(context) {
      const end = referenceOf(selector, context);
      const start = end - millis;
      const { table, rows } = columnsOf(selector, context, start);
      const result = emptyVector(table);
      if (change === undefined) fillRanges(result, rows, { general, call, range, scalars, start, end, context });
      else for (let row = 0; row < rows.length; row++) fillChange(result, row, rows[row], change, start, end);
      return keepsName ? result : nameless(result);
    },
  };
}

/** Computes `rate`, `increase` or `delta` of a series, as `changeOver` does. */
function fillChange(
  { values: results, present }: FloatVector,
  row: number,
  columns: SampleColumns,
  kind: RateKind,
  start: number,
  end: number,
): void {
  const { times, values, from: first, to: last } = columns.stale === undefined ? columns : withoutStale(columns);
  let to = last;
  while (to > first && times[to - 1] > end) to -= 1;
  let from = to;
  let hasReset = false;
  while (from > first && times[from - 1] > start) {
    from -= 1;
    hasReset ||= from + 1 < to && values[from + 1] < values[from];
  }
  if (to - from < 2) return;
  let change = values[to - 1] - values[from];
  if (hasReset && kind.isCounter) {
    let correction = 0;
    for (let index = from + 1; index < to; index++) {
      if (values[index] < values[index - 1]) correction += values[index - 1];
    }
    change += correction;
  }
  const factor = extrapolationFactor(kind, change, values[from], start, end, times[from], times[to - 1], to - from);
  results[row] = change * (kind.isRate ? factor / ((end - start) / 1000) : factor);
  present[row] = 1;
}

function withoutStale({ times, values, stale, from, to }: SampleColumns): SampleColumns {
  const kept: number[] = [];
  for (let index = from; index < to; index++) if (stale?.[index] !== 1) kept.push(index);
  return {
    times: Float64Array.from(kept, (index) => times[index]),
    values: Float64Array.from(kept, (index) => values[index]),
    stale: undefined,
    from: 0,
    to: kept.length,
  };
}

interface RangeFill {
  readonly general: (window: Window, scalars: readonly number[]) => unknown;
  readonly call: CallExpr;
  readonly range: MatrixSelector;
  readonly scalars: readonly number[];
  readonly start: number;
  readonly end: number;
  readonly context: PlanContext;
}

/** Computes another function of ranges, with the function of the general evaluation. */
function fillRanges(
  { values: results, present, table }: FloatVector,
  rows: readonly SampleColumns[],
  { general, call, range, scalars, start, end, context }: RangeFill,
): void {
  const annotations = new Annotations();
  for (let row = 0; row < rows.length; row++) {
    const { times, values, from, to } = rows[row].stale === undefined ? rows[row] : withoutStale(rows[row]);
    let last = to;
    while (last > from && times[last - 1] > end) last -= 1;
    let first = last;
    while (first > from && times[first - 1] > start) first -= 1;
    if (first === last) continue;
    const window: Window = {
      floats: { times, values, starts: undefined },
      ...NO_HISTOGRAMS,
      floatFrom: first,
      floatTo: last,
      time: context.time,
      rangeStart: start,
      rangeEnd: end,
      rangeMillis: end - start,
      extension: undefined,
      useStartTimes: false,
      name: '',
      span: range,
      argumentsSpan: call,
      scalarSpan: call,
      annotations,
    };
    const value = general(window, scalars);
    if (value === undefined) continue;
    if (typeof value !== 'number') throw new Error(`expected a number, got a histogram of ${table.labels[row].key}`);
    results[row] = value;
    present[row] = 1;
  }
}

const NO_HISTOGRAMS = {
  histograms: { times: new Float64Array(0), histograms: [], starts: undefined },
  histogramFrom: 0,
  histogramTo: 0,
};
