import type { Value } from './value.ts';

/**
 * Formats a string, boolean or number as the Collector does: numbers have no exponent. Returns `undefined` for other
 * values.
 */
export function plainText(value: Value): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return decimalText(value);
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      return undefined;
  }
}

/** Formats a float64 as Go's `strconv.FormatFloat(value, 'f', -1, 64)` does. */
function decimalText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const [digits = '', exponent] = String(value).split('e');
  return exponent === undefined ? digits : movePoint(digits, Number(exponent));
}

/** Moves the decimal point of a number that has one digit before it. */
function movePoint(text: string, places: number): string {
  const sign = text.startsWith('-') ? '-' : '';
  const digits = text.replace(/[-.]/g, '');
  return places < 0 ? `${sign}0.${'0'.repeat(-places - 1)}${digits}` : `${sign}${digits.padEnd(places + 1, '0')}`;
}
