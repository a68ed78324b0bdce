import { escapedByte, resolveEscapes } from '../../request/go-string.ts';

/** Parses a number literal: decimal, hexadecimal, octal, `Inf` or `NaN`, with `_` between digits. */
export function parseNumber(text: string): number | undefined {
  const plain = text.toLowerCase().replaceAll('_', '');
  const sign = plain.startsWith('-') ? -1 : 1;
  const digits = plain.replace(/^[+-]/, '');
  if (digits === 'inf' || digits === 'infinity') return sign * Number.POSITIVE_INFINITY;
  if (digits === 'nan') return Number.NaN;
  if (/^0x[0-9a-f]+$/.test(digits)) return sign * Number(digits);
  if (/^0[0-7]+$/.test(digits)) return sign * Number.parseInt(digits, 8);
  return /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(digits) ? sign * Number(digits) : undefined;
}

const UNIT_MILLIS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNITS = ['y', 'w', 'd', 'h', 'm', 's', 'ms'] as const;
/** Durations are nanoseconds in 64 bits. */
export const MAX_DURATION_MILLIS = 2 ** 63 / 1e6;

/** Parses a Prometheus duration such as `1h30m` or `0`. Returns milliseconds. */
export function parseDurationMillis(text: string): number | undefined {
  if (text === '0') return 0;
  const match = DURATION.exec(text);
  if (match === null || text === '') return undefined;
  const millis = UNITS.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * (UNIT_MILLIS[unit] ?? 0), 0);
  return millis > MAX_DURATION_MILLIS ? undefined : millis;
}

/** Formats milliseconds as a Prometheus duration. */
export function formatDuration(millis: number): string {
  if (millis === 0) return '0s';
  let rest = Math.abs(Math.trunc(millis));
  let text = millis < 0 ? '-' : '';
  // Years, weeks and days are used only where the duration is a multiple of them.
  for (const [unit, exact] of [
    ['y', true],
    ['w', true],
    ['d', true],
    ['h', false],
    ['m', false],
    ['s', false],
    ['ms', false],
  ] as const) {
    const size = UNIT_MILLIS[unit] ?? 1;
    if (exact && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/**
 * Decodes a quoted string with Go's escapes; between backquotes, backslashes are literal. Bytes that are not UTF-8 become
 * lone surrogates. Returns `undefined` if it is invalid.
 */
export function unquote(text: string): string | undefined {
  const quote = text[0];
  const body = text.slice(1, -1);
  if (text.length < 2 || text.at(-1) !== quote) return undefined;
  if (quote === '`') return body;
  if (body.includes('\n')) return undefined;
  let isValid = true;
  const decoded = resolveEscapes(body, () => {
    isValid = false;
    return '';
  });
  return isValid ? decoded : undefined;
}

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
  ['"', '\\"'],
]);

/** Quotes a string as Go does: printable characters unchanged, others escaped. */
export function quote(text: string): string {
  const escaped = text.replace(/["\\]|\p{C}/gu, (char) => SHORT_ESCAPES.get(char) ?? escapeChar(char));
  return `"${escaped}"`;
}

function escapeChar(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const byte = escapedByte(code);
  if (byte !== undefined) return `\\x${hex(byte, 2)}`;
  if (code < 0x80) return `\\x${hex(code, 2)}`;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}
