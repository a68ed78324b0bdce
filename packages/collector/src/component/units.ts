import { parseNanos } from '@otelier/query/duration';

/** Parses an unsigned Go duration such as `1h30m` or `1.5s`. Returns milliseconds, or `undefined` if it is invalid. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  const nanos = trimmed === '0' ? 0 : parseNanos(trimmed);
  return nanos === undefined ? undefined : nanos / 1e6;
}

/** Formats milliseconds as a duration such as `200ms`, `5s` or `1h30m`. */
export function formatDuration(millis: number): string {
  if (millis < 1000) return `${round(millis)}ms`;
  const hours = Math.floor(millis / 3_600_000);
  const minutes = Math.floor((millis % 3_600_000) / 60_000);
  const seconds = round((millis % 60_000) / 1000);
  return `${hours ? `${hours}h` : ''}${minutes ? `${minutes}m` : ''}${seconds ? `${seconds}s` : ''}`;
}

/**
 * Parses a size in bytes with a decimal (`kB`, `MB`, `GB`) or binary unit (`KiB`, `MiB`, `GiB`). Returns `undefined` if
 * it is invalid.
 */
export function parseByteSize(text: string): number | undefined {
  const match = BYTE_SIZE.exec(text.trim());
  const factor = match && BYTES[(match[2] ?? '').toLowerCase()];
  return factor ? Math.round(Number(match[1]) * factor) : undefined;
}

/**
 * Formats a number of bytes in decimal or binary units, whichever is round, with at most one decimal place: `64MiB`,
 * `10GB`.
 */
export function formatByteSize(bytes: number): string {
  const decimal = inUnits(bytes, 1000, DECIMAL_UNITS);
  const binary = inUnits(bytes, 1024, BYTE_UNITS);
  return decimal.isExact && !binary.isExact ? decimal.text : binary.text;
}

function inUnits(bytes: number, base: number, units: readonly string[]) {
  const step = Math.max(
    units.findLastIndex((_, index) => bytes >= base ** index),
    0,
  );
  const value = round(bytes / base ** step);
  return { text: `${value}${units[step]}`, isExact: value * base ** step === bytes };
}

/** Formats a count with its noun, such as `1 action` or `3 actions`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}

const BYTE_SIZE = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i;
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const DECIMAL_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
