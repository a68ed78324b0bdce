const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A count with thousands separated: `18,412`. */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** A rate to three digits or whole: `0.24`, `21.1`, `1,284`. */
export function formatRate(perSecond: number): string {
  const size = Math.abs(perSecond);
  if (size === 0) return '0';
  if (size < 0.01) return '< 0.01';
  if (size < 10) return perSecond.toFixed(2);
  if (size < 1000) return perSecond.toFixed(1);
  return grouped.format(perSecond);
}

/** A part of a whole in per cent, without the sign: `4.62`, `31`. */
export function formatPercent(part: number, digits = 2): string {
  return (part * 100).toFixed(digits);
}

/** A number short enough for an axis: `800`, `1.6k`, `12k`, `2.5M`. */
export function formatAxis(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${trim(value / 1e9)}G`;
  if (size >= 1e6) return `${trim(value / 1e6)}M`;
  if (size >= 1e3) return `${trim(value / 1e3)}k`;
  return trim(value);
}

/** Any number to three digits, with an order of magnitude where it would be long. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e6) return formatAxis(value);
  if (size >= 1000) return grouped.format(value);
  return String(Number(value.toPrecision(3)));
}

/** How many times larger `now` is than `before`: `×6.1`. */
export function formatChange(now: number, before: number): string {
  if (before <= 0) return '—';
  const times = now / before;
  return `×${times >= 100 ? Math.round(times) : times.toFixed(1)}`;
}

/** `1 span`, `46 spans`, `1,204 spans`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

function trim(value: number): string {
  return String(Number(value.toPrecision(3)));
}
