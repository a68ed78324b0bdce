import { msg, t } from '../locale/t.ts';
import { beyondDigits, fixed, localDecimal, trimDecimals } from './number.ts';

/** A number and its unit, which are rendered in different styles. */
export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

const DAY = 8.64e13;
const DURATIONS: readonly { readonly unit: string; readonly from: number; readonly nanos: number }[] = [
  { unit: msg('y'), from: 730 * DAY, nanos: 365.25 * DAY },
  { unit: msg('d'), from: 2 * DAY, nanos: DAY },
  { unit: msg('h'), from: 7.2e12, nanos: 3.6e12 },
  { unit: msg('min'), from: 1.2e11, nanos: 6e10 },
  // 999.6 µs would round to "1000 µs", so it is shown as 1 ms.
  { unit: 's', from: 0.9995e9, nanos: 1e9 },
  { unit: 'ms', from: 0.9995e6, nanos: 1e6 },
  { unit: 'µs', from: 999.5, nanos: 1e3 },
  { unit: 'ns', from: 0, nanos: 1 },
];

/**
 * Converts a duration in nanoseconds to a value with up to three significant digits and a unit, such as `1.94 s` or
 * `12 µs`. Durations of two minutes or more use minutes, hours, days or years.
 */
export function durationOf(nanos: number): Quantity {
  if (nanos === 0) return { value: '0', unit: 'ms' };
  const size = Math.abs(nanos);
  const scale = DURATIONS.find(({ from }) => size >= from) ?? { unit: 'ns', nanos: 1 };
  return { value: digits(nanos / scale.nanos), unit: t(scale.unit) };
}

/** Formats a duration: `1.94 s`. */
export function formatDuration(nanos: number): string {
  const { value, unit } = durationOf(nanos);
  return `${value} ${unit}`;
}

/** Formats a signed duration: `+1.2 ms`, `−3 s`. */
export function formatOffset(nanos: number): string {
  return `${nanos < 0 ? '−' : '+'}${formatDuration(Math.abs(nanos))}`;
}

/** Formats a step length in milliseconds: `7.5 s`, `15 s`. */
export function formatStep(millis: number): string {
  const { value, unit } = durationOf(millis * 1e6);
  return `${trimDecimals(value)} ${unit}`;
}

const BYTES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Splits a size into two or three digits and a decimal unit: `7.9 MB`. */
export function bytesOf(bytes: number): Quantity {
  let value = bytes;
  let index = 0;
  while (Math.abs(value) >= 999.5 && index < BYTES.length - 1) {
    value /= 1000;
    index += 1;
  }
  const whole = index === 0 || Math.abs(value) >= 99.95;
  return { value: beyondDigits(value) ?? fixed(value, whole ? 0 : 1), unit: BYTES[index] ?? 'B' };
}

/** Formats a size: `7.9 MB`. */
export function formatBytes(bytes: number): string {
  const { value, unit } = bytesOf(bytes);
  return `${value} ${unit}`;
}

function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return beyondDigits(value) ?? fixed(value, 0);
  if (Number.isInteger(value)) return String(value);
  if (size >= 10) return trimDecimals(fixed(value, 1));
  if (size >= 0.005) return fixed(value, 2);
  return beyondDigits(value) ?? localDecimal(String(Number(value.toPrecision(3))));
}
