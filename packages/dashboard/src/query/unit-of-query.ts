const UNITS: Readonly<Record<string, string>> = { seconds: 's', milliseconds: 'ms', bytes: 'By', percent: '%' };

/**
 * Returns the UCUM unit of a PromQL or TraceQL query, as far as its text tells: that of the metric's name, unless the
 * query counts or compares.
 */
export function unitOfQuery(text: string): string {
  if (/\|\s*(?:quantile|avg|max|min|sum)_over_time\(\s*(?:span:)?duration\b/.test(text)) return 's';
  if (/_(?:count|bucket)\b/.test(text) && !/histogram_quantile|_sum\b/.test(text)) return '';
  const found = new Set(
    [...text.matchAll(/_(seconds|milliseconds|bytes|percent)(?:_(?:sum|bucket|total|count))?\b/g)].map(
      ([, unit = '']) => unit,
    ),
  );
  const [unit] = found;
  // The rate of a total is per second; a rate of seconds has no unit.
  if (found.size !== 1 || unit === undefined || /_(?:seconds|bytes)_total\b/.test(text)) return '';
  return UNITS[unit] ?? '';
}
