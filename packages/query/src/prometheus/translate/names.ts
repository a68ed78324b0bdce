import type { MetricStream } from '@otelier/store';

/** How names are translated: to plain names with suffixes for units, or not at all. */
export type NameStyle = 'plain' | 'utf8';

/** What the name of a metric depends on. */
export type NamedMetric = Pick<MetricStream, 'name' | 'unit' | 'kind' | 'monotonic'>;

const UNITS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};
const PER_UNITS: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

/**
 * Returns the Prometheus name of a metric by the rules of the OpenTelemetry specification: `http.server.duration` in `s`
 * is `http_server_duration_seconds`, and a counter ends in `_total`. A plain name without a unit stays as it is, so that
 * metrics which came from Prometheus keep their names.
 */
export function metricName(metric: NamedMetric, style: NameStyle): string {
  const { name, unit, kind, monotonic } = metric;
  if (style === 'utf8') return name;
  const isCounter = kind === 'sum' && monotonic;
  if (unit === '' && isPlainMetricName(name)) return !isCounter || name.endsWith('_total') ? name : `${name}_total`;
  let tokens = name.split(/[^a-zA-Z0-9:]+/).filter(Boolean);
  tokens = withUnit(tokens, unit);
  if (isCounter) tokens = [...tokens.filter((token) => token !== 'total'), 'total'];
  if (unit === '1' && kind === 'gauge') tokens = [...tokens.filter((token) => token !== 'ratio'), 'ratio'];
  const joined = tokens.join('_');
  return /^\d/.test(joined) ? `_${joined}` : joined;
}

function withUnit(tokens: readonly string[], unit: string): string[] {
  const [main = '', per = ''] = unit.split(/\/(.*)/s);
  const mainToken = unitToken(main, UNITS);
  const perToken = unitToken(per, PER_UNITS);
  const result = [...tokens];
  if (mainToken !== '' && !tokens.includes(mainToken)) result.push(mainToken);
  if (perToken !== '' && !tokens.includes(`per_${perToken}`)) result.push(`per_${perToken}`);
  return result;
}

/** Returns the name of a unit. Annotations such as `{request}` are no units. */
function unitToken(unit: string, names: Readonly<Record<string, string>>): string {
  const plain = unit.trim();
  if (plain === '' || /[{}]/.test(plain)) return '';
  const named = Object.hasOwn(names, plain) ? (names[plain] ?? '') : plain;
  return named.replace(/[^a-zA-Z0-9:]+/g, '_').replace(/^_+|_+$/g, '');
}

const SUFFIXES: ReadonlyMap<string, string> = suffixesOf(UNITS);
const PER_SUFFIXES: ReadonlyMap<string, string> = suffixesOf(PER_UNITS);

function suffixesOf(units: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(units).map(([unit, suffix]) => [suffix === '' ? 'ratio' : suffix, unit]));
}

/** Returns the unit that a suffix stands for: `bytes_per_second` is `By/s`. Unknown ones stay as they are. */
export function unitOfSuffix(suffix: string): string {
  const [main = '', per = ''] = suffix.split(/_per_(.*)/s);
  const unit = SUFFIXES.get(main) ?? main;
  return per === '' ? unit : `${unit}/${PER_SUFFIXES.get(per) ?? per}`;
}

/** Returns the Prometheus name of an attribute: `http.route` is `http_route`. */
export function labelName(key: string, style: NameStyle): string {
  if (style === 'utf8' || isPlainLabelName(key)) return key;
  const escaped = key.replace(/[^a-zA-Z0-9]+/g, '_');
  return /^\d/.test(escaped) ? `key_${escaped}` : escaped;
}

/** Reports whether a name can be written without quotes in a query. */
export function isPlainMetricName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
}

function isPlainLabelName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
}
