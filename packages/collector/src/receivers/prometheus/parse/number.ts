/** Powers of ten that are exact as doubles. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
const MAX_EXACT = 2 ** 53;
const [ZERO, NINE, DOT, PLUS, MINUS, LOWER_E, UPPER_E] = [0x30, 0x39, 0x2e, 0x2b, 0x2d, 0x65, 0x45];

/**
 * Parses the number in `[start, end)`, as Go's `strconv.ParseFloat` does. Returns `undefined` if it is none. Numbers of up
 * to 15 digits, which are most, are computed from their digits without a string.
 */
export function parseNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  const sign = bytes[start];
  const first = sign === MINUS || sign === PLUS ? start + 1 : start;
  let at = first;
  let mantissa = 0;
  let point = -1;
  for (; at < end; at++) {
    const code = bytes[at] as number;
    if (code >= ZERO && code <= NINE) mantissa = mantissa * 10 + (code - ZERO);
    else if (code === DOT && point < 0) point = at;
    else break;
  }
  const digits = at - first - (point < 0 ? 0 : 1);
  // One operation on two exact doubles rounds as the decimal text does.
  if (digits <= 0 || digits > 19 || mantissa >= MAX_EXACT) return parseText(bytes, start, end);
  const scale = point < 0 ? 0 : point + 1 - at;
  const isPlain = at === end;
  if (!isPlain && bytes[at] !== LOWER_E && bytes[at] !== UPPER_E) return parseText(bytes, start, end);
  const exponent = isPlain ? 0 : parseExponent(bytes, at + 1, end);
  if (exponent === undefined) return undefined;
  const value = scaled(mantissa, scale + exponent);
  if (value === undefined) return parseText(bytes, start, end);
  return sign === MINUS ? -value : value;
}

function scaled(mantissa: number, scale: number): number | undefined {
  if (scale < -22 || scale > 22) return undefined;
  return scale < 0 ? mantissa / (POWERS[-scale] as number) : mantissa * (POWERS[scale] as number);
}

function parseExponent(bytes: Uint8Array, start: number, end: number): number | undefined {
  let at = start;
  const sign = bytes[at];
  if (sign === MINUS || sign === PLUS) at += 1;
  if (at >= end) return undefined;
  let value = 0;
  for (; at < end; at++) {
    const code = bytes[at] as number;
    if (code < ZERO || code > NINE) return undefined;
    value = Math.min(value * 10 + (code - ZERO), 100_000);
  }
  return sign === MINUS ? -value : value;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

function parseText(bytes: Uint8Array, start: number, end: number): number | undefined {
  return parseNumberText(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'));
}

/** Parses a number as Go's `strconv.ParseFloat` does. Returns `undefined` if it is none or too large. */
export function parseNumberText(text: string): number | undefined {
  if (DECIMAL.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^nan$/i.test(text) ? Number.NaN : undefined;
}
