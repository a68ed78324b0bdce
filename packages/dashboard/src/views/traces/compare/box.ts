/** A region of the chart of traces: start times in milliseconds and durations in nanoseconds. */
export interface TraceBox {
  readonly fromMillis: number;
  readonly toMillis: number;
  readonly minNanos: number;
  readonly maxNanos: number;
}

/** Parses a box in the URL. Returns `undefined` if it is malformed or empty. */
export function readBox(text: string | undefined): TraceBox | undefined {
  const numbers = (text ?? '').split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [fromMillis, toMillis, minNanos, maxNanos] = numbers;
  if (fromMillis === undefined || toMillis === undefined || minNanos === undefined || maxNanos === undefined)
    return undefined;
  const isUsable = numbers.every((one) => Number.isFinite(one) && one >= 0 && one < MAX) && numbers.length === 4;
  return isUsable && fromMillis < toMillis && minNanos <= maxNanos
    ? { fromMillis, toMillis, minNanos, maxNanos }
    : undefined;
}

/** The API takes at most 15 digits. */
const MAX = 1e15;

/** Formats a box for the URL. */
export function writeBox({ fromMillis, toMillis, minNanos, maxNanos }: TraceBox): string {
  const bounded = (value: number): number => Math.min(MAX - 1, Math.max(0, value));
  return [
    Math.floor(bounded(fromMillis)),
    Math.ceil(bounded(toMillis)),
    Math.floor(bounded(minNanos)),
    Math.ceil(bounded(maxNanos)),
  ].join(',');
}
