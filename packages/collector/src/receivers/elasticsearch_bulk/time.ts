import type { Value } from '../../ottl/values/value.ts';

const MILLIS = /^(\d{1,15})(?:\.(\d{1,6}))?$/;
const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9})\d*)?)? ?(Z|[+-]\d{2}(?::?\d{2})?)?$/;

/**
 * Parses the time of a document: milliseconds since the epoch as a number or a text, nanoseconds of the millisecond after a
 * point, as the Collector's exporter writes it, or ISO 8601, in UTC unless it says otherwise.
 */
export function timeOf(value: Value): bigint | undefined {
  if (typeof value === 'bigint') return value > 0n ? BigInt.asUintN(64, value * 1_000_000n) : undefined;
  if (typeof value === 'number') return value > 0 ? BigInt(Math.round(value * 1000)) * 1000n : undefined;
  if (typeof value !== 'string') return undefined;
  const millis = MILLIS.exec(value);
  if (millis !== null) return BigInt(millis[1] ?? 0) * 1_000_000n + BigInt(millis[2] ?? 0) || undefined;
  const [, date, time = '00:00', fraction = '', zone = 'Z'] = ISO.exec(value) ?? [];
  if (date === undefined) return undefined;
  const offset = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3) || '00'}`;
  const seconds = Date.parse(`${date}T${time}${offset}`);
  if (Number.isNaN(seconds) || seconds < 0) return undefined;
  return BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0')) || undefined;
}
