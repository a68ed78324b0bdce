/** Which experimental parts of the language a query may use, as Prometheus' feature flags enable them. */
export interface ParseOptions {
  /** Experimental functions and aggregations (`promql-experimental-functions`). */
  readonly experimentalFunctions: boolean;
  /** Arithmetic in durations (`promql-duration-expr`). */
  readonly durationExpressions: boolean;
  /** `anchored` and `smoothed` (`promql-extended-range-selectors`). */
  readonly extendedRanges: boolean;
  /** `fill`, `fill_left` and `fill_right` (`promql-binop-fill-modifiers`). */
  readonly fillModifiers: boolean;
}

export const ALL_FEATURES: ParseOptions = {
  experimentalFunctions: true,
  durationExpressions: true,
  extendedRanges: true,
  fillModifiers: true,
};
