const QUANTITY =
  /^(?<sign>[+-]?)(?<whole>\d*)(?:\.(?<fraction>\d*))?(?:(?<suffix>[KMGTPE]i|[numkMGTPE])|[eE](?<exponent>[+-]?\d{1,2}))?$/;
const NANOS = 9;
const DECIMALS: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY_SUFFIXES = 'KMGTPE';

/**
 * Returns the value of a quantity such as `500m`, `1.5Gi` or `2e3` as an integer, rounded up; `undefined` if it is none. Values
 * beyond 64 bits are limited, as in the API.
 */
export function quantityValue(text: unknown): bigint | undefined {
  return scaled(text, 0);
}

/** Returns the thousandfold of a quantity as an integer, rounded up; `undefined` if it is none. */
export function quantityMillis(text: unknown): bigint | undefined {
  return scaled(text, 3);
}

/** Returns a quantity of CPUs, exact to a thousandth; `undefined` if it is none. */
export function quantityCpus(text: unknown): number | undefined {
  const millis = quantityMillis(text);
  return millis === undefined ? undefined : Number(millis) / 1000;
}

/** Returns a quantity times a power of ten. */
function scaled(text: unknown, decimals: number): bigint | undefined {
  const groups = QUANTITY.exec(typeof text === 'number' ? String(text) : typeof text === 'string' ? text : '')?.groups;
  if (groups === undefined) return undefined;
  const { sign, whole = '', fraction = '', suffix = '', exponent } = groups;
  if (whole === '' && fraction === '') return undefined;
  // Digits below a billionth are not kept.
  const nanos = BigInt(`${whole}${fraction.slice(0, NANOS).padEnd(NANOS, '0')}`);
  const binary = suffix.endsWith('i') ? 1024n ** BigInt(BINARY_SUFFIXES.indexOf(suffix.charAt(0)) + 1) : 1n;
  const power = decimals - NANOS + (exponent === undefined ? (DECIMALS[suffix] ?? 0) : Number(exponent));
  const value = power >= 0 ? nanos * binary * 10n ** BigInt(power) : divideUp(nanos * binary, 10n ** BigInt(-power));
  const limited = value > MAX ? MAX : value;
  return sign === '-' ? -limited : limited;
}

const MAX = 2n ** 63n - 1n;

function divideUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}
