import type { Annotations } from './annotations.ts';
import type { Sample } from './evaluate/series.ts';
import type { Labels } from './labels/labels.ts';

/** A series of a result: times in milliseconds and a sample for each. */
export interface ResultSeries {
  readonly labels: Labels;
  readonly times: readonly number[];
  readonly samples: readonly NonNullable<Sample>[];
}

/** The result of a query. */
export type QueryResult =
  | { readonly kind: 'scalar'; readonly time: number; readonly value: number }
  | { readonly kind: 'string'; readonly time: number; readonly value: string }
  /** One sample per series; `times` has the time of evaluation. */
  | { readonly kind: 'vector'; readonly series: readonly ResultSeries[] }
  | { readonly kind: 'matrix'; readonly series: readonly ResultSeries[] };

/** A result with notes about its evaluation. */
export interface Evaluated {
  readonly result: QueryResult;
  readonly annotations: Annotations;
}
