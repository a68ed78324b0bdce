import type { ValueType } from './ast.ts';

/** The signature of a function. */
export interface Signature {
  readonly args: readonly ValueType[];
  readonly returns: 'scalar' | 'vector';
  /** How many arguments may be missing at the end or follow the last; `-1` for any number. */
  readonly variadic: number;
  readonly experimental: boolean;
}

const signature = (
  args: readonly ValueType[],
  options: { readonly returns?: 'scalar'; readonly variadic?: number; readonly experimental?: boolean } = {},
): Signature => ({
  args,
  returns: options.returns ?? 'vector',
  variadic: options.variadic ?? 0,
  experimental: options.experimental ?? false,
});

const V = ['vector'] as const;
const M = ['matrix'] as const;
const EXPERIMENTAL = { experimental: true } as const;
const OPTIONAL = { variadic: 1 } as const;
const CONSTANT = { returns: 'scalar', experimental: true } as const;

const same = (names: string, value: Signature): Record<string, Signature> =>
  Object.fromEntries(names.split(' ').map((name) => [name, value]));

/** The signatures of all functions, by name. */
export const SIGNATURES: ReadonlyMap<string, Signature> = new Map(
  Object.entries({
    ...same(
      'abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log10 log2 rad sgn sin sinh sort ' +
        'sort_desc sqrt tan tanh timestamp histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar',
      signature(V),
    ),
    ...same(
      'absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate ' +
        'last_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time ' +
        'sum_over_time',
      signature(M),
    ),
    ...same(
      'mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time',
      signature(M, EXPERIMENTAL),
    ),
    ...same('day_of_month day_of_week day_of_year days_in_month hour minute month year', signature(V, OPTIONAL)),
    ...same('start end range step', signature([], CONSTANT)),
    ...same('min_of max_of', signature(['scalar', 'scalar'], CONSTANT)),
    ...same('sort_by_label sort_by_label_desc', signature(['vector', 'string'], { variadic: -1, ...EXPERIMENTAL })),
    ...same('clamp_max clamp_min', signature(['vector', 'scalar'])),
    ...same('pi time', signature([], { returns: 'scalar' })),
    clamp: signature(['vector', 'scalar', 'scalar']),
    double_exponential_smoothing: signature(['matrix', 'scalar', 'scalar'], EXPERIMENTAL),
    histogram_fraction: signature(['scalar', 'scalar', 'vector']),
    histogram_quantile: signature(['scalar', 'vector']),
    histogram_quantiles: signature(['vector', 'string', 'scalar', 'scalar'], { variadic: 9, ...EXPERIMENTAL }),
    info: signature(['vector', 'vector'], { variadic: 1, ...EXPERIMENTAL }),
    label_join: signature(['vector', 'string', 'string', 'string'], { variadic: -1 }),
    label_replace: signature(['vector', 'string', 'string', 'string', 'string']),
    predict_linear: signature(['matrix', 'scalar']),
    quantile_over_time: signature(['scalar', 'matrix']),
    round: signature(['vector', 'scalar'], OPTIONAL),
    scalar: signature(V, { returns: 'scalar' }),
    start_timestamp: signature(V, EXPERIMENTAL),
    vector: signature(['scalar']),
  }),
);
