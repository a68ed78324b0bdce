import { calendarOf, formatTimeRfc3339, offsetText } from '../../ottl/values/time.ts';
import { isList, isMap, Time, type Value } from '../../ottl/values/value.ts';

/** Formats a value as Go's `fmt.Sprintf("%v")` does: `map[a:1 b:[2 3]]`. */
export function goText(value: Value): string {
  if (value === undefined) return '<nil>';
  if (typeof value === 'number') return goFloat(value);
  if (value instanceof Uint8Array) return `[${value.join(' ')}]`;
  if (value instanceof Time) return goTimeText(value);
  if (isList(value)) return `[${value.map(goText).join(' ')}]`;
  if (isMap(value)) {
    const entries = [...value].sort(([a], [b]) => (a < b ? -1 : 1));
    return `map[${entries.map(([key, member]) => `${key}:${goText(member)}`).join(' ')}]`;
  }
  return String(value);
}

/** Formats a time as Go's `Time.String` does: `2026-03-04 05:06:07.1 +0000 UTC`. */
export function goTimeText(time: Time): string {
  const { offsetSeconds, abbreviation } = calendarOf(time);
  const [date = '', clock = ''] = formatTimeRfc3339(time).split('T');
  const offset = offsetText(offsetSeconds, '');
  return `${date} ${clock.replace(/(?:Z|[+-]\d\d:\d\d)$/, '')} ${offset} ${abbreviation === '' ? offset : abbreviation}`;
}

/** Formats a float64 as Go's `%v` does: with an exponent below 1e-4 and from 1e21 on. */
function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e21)) return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return Object.is(value, -0) ? '-0' : String(value);
}
