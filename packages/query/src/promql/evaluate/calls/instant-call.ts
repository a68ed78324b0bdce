import type { CallExpr } from '../../parse/ast.ts';
import type { StepSeries } from '../series.ts';

/** The evaluated arguments of a call. */
export interface InstantCall {
  readonly call: CallExpr;
  readonly vectors: readonly (readonly StepSeries[])[];
  readonly scalars: readonly Float64Array[];
  readonly strings: readonly string[];
}
