import type { Matcher } from '../labels/matcher.ts';
import type { SeriesTable } from './series-table.ts';

/** A float for each row of a table that has one. */
export interface FloatVector {
  readonly kind: 'vector';
  readonly table: SeriesTable;
  readonly values: Float64Array;
  /** 1 for rows with a value. */
  readonly present: Uint8Array;
}

/** A number without labels. */
export interface FloatScalar {
  readonly kind: 'scalar';
  readonly value: number;
}

/** The samples of a series: `times` and `values` from an index to another, in time order. */
export interface SampleColumns {
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** 1 for stale markers; `undefined` if there are none. */
  readonly stale: Uint8Array | undefined;
  readonly from: number;
  readonly to: number;
}

/** The selected series, row by row. */
export interface SelectedColumns {
  readonly table: SeriesTable;
  readonly rows: readonly SampleColumns[];
}

/** Samples in memory. */
export interface ColumnSource {
  /**
   * Returns the series that match, with all samples from a time on, in milliseconds. `undefined` if memory does not have
   * them all, or if some are histograms.
   */
  columns(matchers: readonly Matcher[], fromMillis: number): SelectedColumns | undefined;
}

/** What the evaluation of a plan depends on. */
export interface PlanContext {
  /** The time of evaluation, in milliseconds. */
  readonly time: number;
  readonly lookbackMillis: number;
  readonly source: ColumnSource;
  /** Results of equal parts of expressions at this time, by their texts. */
  readonly results: Map<string, FloatVector | FloatScalar>;
}

/** A part of a plan. `run` throws `PlanUnavailable` if only the general evaluation has the result. */
export interface PlanNode {
  run(context: PlanContext): FloatVector | FloatScalar;
}

/** Thrown where the general evaluation must be used: samples are not in memory, or the result may be an error. */
export class PlanUnavailable extends Error {
  override readonly name = 'PlanUnavailable';
}

/** Runs a part whose result is a vector. */
export function vectorOf(node: PlanNode, context: PlanContext): FloatVector {
  const result = node.run(context);
  if (result.kind !== 'vector') throw new Error('expected a vector, got a scalar');
  return result;
}

/** Creates a vector without values. */
export function emptyVector(table: SeriesTable): { readonly kind: 'vector' } & FloatVector {
  return { kind: 'vector', table, values: new Float64Array(table.size), present: new Uint8Array(table.size) };
}

/** Returns a vector whose labels must be unique. Where they are not, the general evaluation has the error. */
export function unique(vector: FloatVector): FloatVector {
  if (!vector.table.hasRepeated) return vector;
  const seen = new Set<string>();
  for (const [row, { key }] of vector.table.labels.entries()) {
    if (vector.present[row] === 0) continue;
    if (seen.has(key)) throw new PlanUnavailable();
    seen.add(key);
  }
  return vector;
}

/** Returns a vector with the names of metrics dropped. */
export function nameless({ table, values, present }: FloatVector): FloatVector {
  return unique({ kind: 'vector', table: table.withoutNames, values, present });
}
