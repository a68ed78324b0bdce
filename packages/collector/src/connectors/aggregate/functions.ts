/** A function computed from the values of a series. */
export type AggregateFunction =
  | { readonly kind: 'count' | 'sum' | 'min' | 'max' | 'mean'; readonly name: string }
  | { readonly kind: 'histogram'; readonly name: string }
  | { readonly kind: 'percentile'; readonly name: string; readonly percentile: number };

/** Parses `sum`, `p99` or `p99.9`. Returns `undefined` if the name is not a function. */
export function parseFunction(name: string): AggregateFunction | undefined {
  switch (name) {
    case 'count':
    case 'sum':
    case 'min':
    case 'max':
    case 'mean':
    case 'histogram':
      return { kind: name, name };
    default: {
      const [, digits] = /^p(\d{1,3}(?:\.\d{1,6})?)$/.exec(name) ?? [];
      const percentile = Number(digits);
      return percentile >= 0 && percentile <= 100 ? { kind: 'percentile', name, percentile } : undefined;
    }
  }
}

/** Reports whether any of the functions needs the distribution of the values. */
export function needDistribution(functions: readonly AggregateFunction[]): boolean {
  return functions.some(({ kind }) => kind === 'percentile' || kind === 'histogram');
}
