import { active } from '../locale/active.ts';

/** Placeholder for a missing value. */
export const NO_VALUE = '—';
/** Numbers from here on are formatted with an exponent, because their digits would fill a line. */
const EXPONENT_FROM = 1e15;

/** Formats a count with thousands separators: `18,412`. */
export function formatCount(count: number): string {
  return beyondDigits(count) ?? active().counts.format(Math.round(count) + 0);
}

/** Formats a rate with three significant digits: `0.24`, `21.1`, `1,284`. */
export function formatRate(perSecond: number): string {
  const size = Math.abs(perSecond);
  if (size === 0) return '0';
  if (size < 0.01) return localDecimal(perSecond < 0 ? '> −0.01' : '< 0.01');
  if (size < 10) return localDecimal(perSecond.toFixed(2));
  if (size < 1000) return localDecimal(perSecond.toFixed(1));
  return formatCount(perSecond);
}

/** Formats a fraction as a percentage, without the percent sign: `4.62`, `31`. */
export function formatPercent(part: number, digits = 2): string {
  return beyondDigits(part * 100) ?? fixed(part * 100, digits);
}

/** Formats a number with a fixed number of decimals, without negative zero. */
export function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return localDecimal(Number(text) === 0 ? text.replace('-', '') : text);
}

/** Formats a number for an axis: `800`, `1.6k`, `12k`, `2.5M`. */
export function formatAxis(value: number): string {
  const size = Math.abs(value);
  if (!(size < EXPONENT_FROM)) return beyondDigits(value) ?? NO_VALUE;
  if (size >= 1e12) return `${trim(value / 1e12)}T`;
  if (size >= 1e9) return `${trim(value / 1e9)}G`;
  if (size >= 1e6) return `${trim(value / 1e6)}M`;
  if (size >= 1e3) return `${trim(value / 1e3)}k`;
  return trim(value);
}

/** Formats a number with three significant digits, using an exponent if it would be long. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000 && size < 1e6) return formatCount(value);
  return formatAxis(value);
}

/** Formats the ratio of `now` to `before`: `×6.1`. */
export function formatChange(now: number, before: number): string {
  const times = now / before;
  if (!(before > 0 && times >= 0) || !Number.isFinite(times)) return NO_VALUE;
  return `×${times >= 1000 ? formatAxis(times) : times >= 100 ? Math.round(times) : localDecimal(times.toFixed(1))}`;
}

/**
 * Formats a count with its noun: `1 span`, `46 spans`, `1,204 spans`. Catalogs have the text under `{count} spans`, in
 * the plural forms of their language.
 */
export function plural(count: number, one: string, many = `${one}s`): string {
  const { catalog, plurals } = active();
  const found = catalog[`{count} ${many}`];
  const text =
    typeof found === 'object' ? (found[plurals.select(count)] ?? found.other) : `{count} ${count === 1 ? one : many}`;
  return text.replace('{count}', formatCount(count));
}

/** Formats very large and non-finite numbers. Returns `undefined` for all others. */
export function beyondDigits(value: number): string | undefined {
  if (Number.isNaN(value)) return NO_VALUE;
  if (!Number.isFinite(value)) return value < 0 ? '−∞' : '∞';
  if (Math.abs(value) < EXPONENT_FROM) return undefined;
  const text = value
    .toExponential(2)
    .replace(/(\.\d*?)0*e\+/, '$1e')
    .replace('.e', 'e');
  return localDecimal(text);
}

/** Replaces the decimal point of an ungrouped number with the separator of the page's language. */
export function localDecimal(text: string): string {
  return text.replace('.', active().decimal);
}

/** Removes the zeros at the end of a formatted number's decimals. */
export function trimDecimals(text: string): string {
  const [whole = '', decimals, ...more] = text.split(active().decimal);
  if (decimals === undefined || more.length > 0) return text;
  const rest = decimals.replace(/0+$/, '');
  return rest === '' ? whole : `${whole}${active().decimal}${rest}`;
}

function trim(value: number): string {
  return localDecimal(String(Number(value.toPrecision(3)) + 0));
}
