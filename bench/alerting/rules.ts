/** The rules and series of the benchmark of alerting. */

/** Number of series of each metric. */
export const SERIES = 1_000;

/** Counters, gauges and the buckets of a histogram. */
export const METRICS = {
  counters: ['http_requests_total', 'http_errors_total', 'jobs_done_total', 'bytes_sent_total'],
  gauges: ['cpu_ratio', 'memory_ratio', 'queue_length', 'connections', 'temperature'],
} as const;

/** Kinds of expressions over 1,000 series; most have no result, as alerts do. */
const EXPRESSIONS: readonly ((n: number, counter: string, gauge: string) => string)[] = [
  (n, _, gauge) => `${gauge} > ${100 + n}`,
  (n, counter) => `rate(${counter}[5m]) > ${100 + n}`,
  (n, counter) => `sum by (zone) (rate(${counter}[2m])) > ${1_000_000 + n}`,
  (n) => `sum by (zone) (rate(http_errors_total[5m])) / sum by (zone) (rate(http_requests_total[5m])) > ${1 + n}`,
  (n, _, gauge) => `avg_over_time(${gauge}[3m]) > ${100 + n}`,
  (n) => `cpu_ratio > ${2 + n} and memory_ratio > ${2 + n}`,
  (n, _, gauge) => `max by (zone) (${gauge}) - min by (zone) (${gauge}) > ${100 + n}`,
  (n, counter) => `increase(${counter}[4m]) < ${-1 - n}`,
  (n, _, gauge) => `delta(${gauge}[5m]) > ${100 + n}`,
];

/**
 * Returns a rule file: groups of 20 rules with distinct expressions over 1,000 series each. One rule in twenty records a sum
 * by zone, and one in twenty fires for twenty series.
 */
export function ruleFile(rules: number): string {
  const { counters, gauges } = METRICS;
  const groups: string[] = [];
  for (let start = 0; start < rules; start += 20) {
    const lines = Array.from({ length: Math.min(20, rules - start) }, (_, index) => {
      const n = start + index;
      const [counter, gauge] = [counters[n % counters.length] ?? '', gauges[n % gauges.length] ?? ''];
      if (index === 0)
        return `      - { record: 'zone:r${n}:rate', expr: 'sum by (zone) (rate(${counter}[${60 + n}s]))' }`;
      if (index === 1)
        return `      - { alert: Firing${n}, expr: '${gauge}{host=~"h[0-9]"} + ${n} > 0', annotations: { summary: '{{ $labels.host }}: {{ $value }}' } }`;
      const expression = EXPRESSIONS[n % EXPRESSIONS.length]?.(n, counter, gauge) ?? '';
      return `      - { alert: Alert${n}, expr: '${expression}', for: 1m, labels: { severity: page }, annotations: { summary: '{{ $labels.host }}: {{ $value }}' } }`;
    });
    groups.push(`  - name: group${start / 20}\n    interval: 15s\n    rules:\n${lines.join('\n')}\n`);
  }
  return `groups:\n${groups.join('')}`;
}

/** Returns the request with a point of every series. */
export function requestOf(round: number, timeNanos: string): string {
  const { counters, gauges } = METRICS;
  const attributes = Array.from({ length: SERIES }, (_, index) => [
    { key: 'host', value: { stringValue: `h${index}` } },
    { key: 'zone', value: { stringValue: `z${index % 10}` } },
  ]);
  const metrics = [
    ...counters.map((name, m) => ({
      name,
      sum: {
        aggregationTemporality: 2,
        isMonotonic: true,
        dataPoints: attributes.map((own, index) => ({
          timeUnixNano: timeNanos,
          asDouble: round * (index % 50) * (m + 1),
          attributes: own,
        })),
      },
    })),
    ...gauges.map((name) => ({
      name,
      gauge: {
        dataPoints: attributes.map((own, index) => ({
          timeUnixNano: timeNanos,
          asDouble: ((index * 7 + round) % 100) / 100,
          attributes: own,
        })),
      },
    })),
  ];
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'bench' } }] };
  return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
}
