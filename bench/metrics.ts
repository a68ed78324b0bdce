/** How a metric is formatted. */
interface MetricDefinition {
  readonly label: string;
  readonly unit: string;
  /** The value is divided by this for display. */
  readonly scale?: number;
  readonly digits: number;
}

/** All metrics of a measurement. */
export const METRICS = {
  itemsPerCpuSecond: { label: 'items per CPU-second', unit: 'k', scale: 1000, digits: 0 },
  itemsPerSecond: { label: 'items per second', unit: 'k', scale: 1000, digits: 0 },
  p50Millis: { label: 'p50', unit: 'ms', digits: 2 },
  p99Millis: { label: 'p99', unit: 'ms', digits: 2 },
  peakMegabytes: { label: 'peak memory', unit: 'MB', digits: 0 },
  acknowledged: { label: 'acknowledged', unit: '', digits: 0 },
  received: { label: 'received at the destination', unit: '', digits: 0 },
  refused: { label: 'requests rejected', unit: '', digits: 0 },
  idleAlive: { label: 'idle connections kept', unit: '', digits: 0 },
  workerShare: { label: 'work of the less busy worker', unit: '%', scale: 0.01, digits: 0 },
  offeredFactor: { label: 'offered load relative to the exporter', unit: '×', digits: 1 },
  bytesPerItem: { label: 'on disk', unit: 'bytes per item', digits: 0 },
  startMillis: { label: 'start until ready', unit: 'ms', digits: 0 },
  idleMegabytes: { label: 'memory, idle', unit: 'MB', digits: 0 },
  queriedMegabytes: { label: 'memory, after a query', unit: 'MB', digits: 0 },
} as const satisfies Record<string, MetricDefinition>;

/** The name of a metric. */
export type MetricName = keyof typeof METRICS;

/** The values of one measurement. */
export type Metrics = Readonly<Partial<Record<MetricName, number>>>;

/** Formats a value with its unit. */
export function formatMetric(name: MetricName, value: number): string {
  const { unit, digits, scale = 1 }: MetricDefinition = METRICS[name];
  const text = (value / scale).toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === '' ? text : `${text} ${unit}`;
}

/** Returns the median. For an even number of values, returns the upper of the two middle ones. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
