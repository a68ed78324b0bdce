import { parseNumberText } from './number.ts';

/** Formats a bound or quantile as OpenMetrics does: `1` is `1.0`. */
export function canonicalBound(text: string): string {
  const value = parseNumberText(text);
  return value === undefined ? text : formatBound(value);
}

/** Formats a number as OpenMetrics does. */
export function formatBound(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const exponent = value === 0 ? 0 : Number(value.toExponential().split('e')[1]);
  const isScientific = exponent < -4 || exponent >= 21;
  const shortest = isScientific ? value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2') : plainText(value);
  return /[.e]/.test(shortest) ? shortest : `${shortest}.0`;
}

function plainText(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  return text.includes('e') ? value.toFixed(20).replace(/0+$/, '') : text;
}
