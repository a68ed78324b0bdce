/** The schema of histograms with custom buckets. All others are exponential, from -4 to 8. */
export const CUSTOM_BUCKETS = -53;

/** Returns the upper bound of an exponential bucket's absolute values. */
export function upperBound(index: number, schema: number): number {
  if (schema <= 0) {
    const exponent = index * 2 ** -schema;
    // The last bucket that a double can have ends at the largest double instead of at infinity.
    return exponent === 1024 ? Number.MAX_VALUE : 2 ** exponent;
  }
  const perOctave = 2 ** schema;
  const octave = Math.floor(index / perOctave);
  const fraction = index - octave * perOctave;
  if (fraction === 0 && octave === 1024) return Number.MAX_VALUE;
  const known = schema <= 3 ? EIGHTHS[fraction << (3 - schema)] : undefined;
  return (known === undefined ? 2 ** (fraction / perOctave) : known * 2) * 2 ** octave;
}

/** The bounds of schema 3 from 0.5 on, with the rounding of Prometheus, which shows them. */
const EIGHTHS = [
  ...[0.5, 0.5452538663326288, 0.5946035575013605, 0.6484197773255048],
  ...[0.7071067811865475, 0.7711054127039704, 0.8408964152537144, 0.9170040432046711],
];

/** Returns the upper bound of a bucket, exponential or custom. */
export function boundOf(index: number, schema: number, customValues: readonly number[]): number {
  if (schema !== CUSTOM_BUCKETS) return upperBound(index, schema);
  if (index < 0) return Number.NEGATIVE_INFINITY;
  return customValues[index] ?? Number.POSITIVE_INFINITY;
}
