import { parseDurationMillis } from '../../promql/parse/literals.ts';
import { NANOS } from '../../request/duration.ts';

/** The result of parsing a value with a unit, or why it is invalid. */
export type Parsed = { readonly value: number } | { readonly error: string };

/** Parses a duration as Go does, such as `1h15m30.918273645s`. Returns nanoseconds. */
export function parseGoDuration(text: string): Parsed {
  const invalid = { error: `time: invalid duration ${JSON.stringify(text)}` };
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return { value: 0 };
  if (rest === '') return invalid;
  let nanos = 0;
  while (rest !== '') {
    const match = /^(\d+\.?\d*|\.\d+)([^\d.]*)/.exec(rest);
    if (match === null) return invalid;
    const [whole, number, unit = ''] = match;
    if (unit === '') return { error: `time: missing unit in duration ${JSON.stringify(text)}` };
    const scale = Object.hasOwn(NANOS, unit) ? NANOS[unit] : undefined;
    if (scale === undefined) {
      return { error: `time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}` };
    }
    nanos += Number(number) * scale;
    rest = rest.slice(whole.length);
  }
  return nanos >= 2 ** 63 ? invalid : { value: sign * Math.trunc(nanos) };
}

/** Parses a duration of Prometheus or Go. Returns nanoseconds. */
export function parseAnyDuration(text: string): number | undefined {
  const millis = parseDurationMillis(text);
  if (millis !== undefined) return millis * 1e6;
  const parsed = parseGoDuration(text);
  return 'value' in parsed ? parsed.value : undefined;
}

const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  ...unitsOf(1000, 'b'),
  ...unitsOf(1024, 'ib'),
  ...unitsOf(1000, ''),
  ...unitsOf(1024, 'i'),
};

function unitsOf(base: number, suffix: string): Record<string, number> {
  return Object.fromEntries(['k', 'm', 'g', 't', 'p', 'e'].map((unit, index) => [unit + suffix, base ** (index + 1)]));
}

/** Parses a number of bytes, such as `2.5KiB` or `42 MB`. */
export function parseBytes(text: string): Parsed {
  const match = /^([\d.,]*)([\s\S]*)$/.exec(text);
  const digits = (match?.[1] ?? '').replaceAll(',', '');
  const unit = (match?.[2] ?? '').trim().toLowerCase();
  if (!/^(\d+\.?\d*|\.\d+)$/.test(digits)) {
    return { error: `strconv.ParseFloat: parsing ${JSON.stringify(digits)}: invalid syntax` };
  }
  const scale = Object.hasOwn(BYTES, unit) ? BYTES[unit] : undefined;
  if (scale === undefined) return { error: `unhandled size name: ${unit}` };
  const bytes = Number(digits) * scale;
  return bytes >= 2 ** 64 ? { error: `too large: ${text}` } : { value: Math.trunc(bytes) };
}

/** Parses a number as Go's `strconv.ParseFloat`. */
export function parseFloat64(text: string): Parsed {
  const plain = text.replace(/^[+-]/, '');
  const sign = text.startsWith('-') ? -1 : 1;
  if (/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) || /^0x[\da-f]+$/i.test(plain)) {
    return { value: sign * Number(plain) };
  }
  if (/^inf(inity)?$/i.test(plain)) return { value: sign * Number.POSITIVE_INFINITY };
  if (/^nan$/i.test(text)) return { value: Number.NaN };
  return { error: `strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax` };
}
