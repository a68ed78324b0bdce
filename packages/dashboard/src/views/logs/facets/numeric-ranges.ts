import type { FacetsResponse } from '@otelier/query';

/** A range of numbers: `from` is included, `to` is not. */
export interface NumericRange {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** Number of different values from which ranges say more than single values. */
const MIN_VALUES = 9;
const MAX_RANGES = 5;
/** Number of significant digits of the limits of a range. */
const DIGITS = 2;

/**
 * Returns ranges of numbers with about equal numbers of records, or `undefined` if the values are not many different
 * numbers.
 */
export function numericRanges(values: FacetsResponse['facets'][number]['values']): readonly NumericRange[] | undefined {
  if (values.length < MIN_VALUES || !values.every(({ value }) => isNumber(value))) return undefined;
  const sorted = values.map(({ value, count }) => ({ value: Number(value), count })).sort((a, b) => a.value - b.value);
  const total = sorted.reduce((sum, { count }) => sum + count, 0);
  const limits = new Set<number>();
  let below = 0;
  let reached = 0;
  for (const { value, count } of sorted) {
    // The limits are where another fifth of the records is below.
    const part = Math.floor((below / total) * MAX_RANGES);
    if (part > reached) limits.add(rounded(value));
    reached = part;
    below += count;
  }
  const [smallest = 0] = sorted.map(({ value }) => value);
  const edges = [...limits].filter((limit) => limit > smallest).sort((a, b) => a - b);
  if (edges.length === 0) return undefined;
  return [undefined, ...edges].map((from, index) => ({ from, to: edges[index] }));
}

/** Returns the conditions that select a range of a field. */
export function rangeConditions(field: string, { from, to }: NumericRange): readonly string[] {
  return [...(from === undefined ? [] : [`${field} >= ${from}`]), ...(to === undefined ? [] : [`${field} < ${to}`])];
}

/** Formats a range: `< 10`, `10 – 25`, `≥ 25`. */
export function rangeText({ from, to }: NumericRange): string {
  if (from === undefined) return `< ${to}`;
  return to === undefined ? `≥ ${from}` : `${from} – ${to}`;
}

function isNumber(text: string): boolean {
  return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text);
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
