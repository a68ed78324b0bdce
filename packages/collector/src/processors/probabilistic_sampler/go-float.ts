/**
 * Parses a number as Go's `strconv.ParseFloat` does. Returns `undefined` for invalid strings and for numbers out of
 * range.
 */
export function parseGoFloat(text: string): number | undefined {
  const [, infiniteSign] = INFINITE.exec(text) ?? [];
  if (infiniteSign !== undefined) return infiniteSign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const number = DECIMAL.test(text) ? Number(text.replaceAll('_', '')) : parseHexadecimal(text);
  return number !== undefined && Number.isFinite(number) ? number : undefined;
}

/** Digits can be separated by underscores. */
const DIGITS = String.raw`\d+(?:_\d+)*`;
const DECIMAL = new RegExp(`^[+-]?(?:${DIGITS}\\.?(?:${DIGITS})?|\\.${DIGITS})(?:e[+-]?${DIGITS})?$`, 'i');
const INFINITE = /^([+-]?)inf(?:inity)?$/i;
const HEXADECIMAL = /^([+-]?)0x((?:_?[\da-f]+)*)\.?((?:[\da-f]+(?:_[\da-f]+)*)?)p([+-]?\d+(?:_\d+)*)$/i;

function parseHexadecimal(text: string): number | undefined {
  const [, sign, whole = '', fraction = '', exponent = ''] = HEXADECIMAL.exec(text) ?? [];
  const digits = (whole + fraction).replaceAll('_', '');
  if (sign === undefined || digits === '') return undefined;
  const fractionDigits = fraction.replaceAll('_', '').length;
  const magnitude = [...digits].reduce((value, digit) => value * 16 + Number.parseInt(digit, 16), 0);
  const scaled = magnitude * 2 ** (Number(exponent.replaceAll('_', '')) - 4 * fractionDigits);
  return sign === '-' ? -scaled : scaled;
}
