/** Parses an unsigned Go duration such as `1h30m` or `1.5s`. Returns nanoseconds, or `undefined` if it is invalid. */
export function parseNanos(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let nanos = 0;
  for (const [, amount, unit = ''] of text.matchAll(PARTS)) nanos += Number(amount) * (NANOS[unit] ?? 0);
  return Math.round(nanos);
}

const PART = '(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|µs|μs|ms|s|m|h)';
const DURATION = new RegExp(`^(${PART})+$`);
const PARTS = new RegExp(PART, 'g');
/** Units of a Go duration, in nanoseconds. */
export const NANOS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
