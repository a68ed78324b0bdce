import type { AttributeValue } from '@otelier/otlp';

/** Attributes of a reading. */
export type ReadingAttributes = Readonly<Record<string, AttributeValue>>;

/** A value that a scraper has read. */
export interface Reading {
  readonly metric: string;
  readonly value: number | bigint;
  readonly attributes?: ReadingAttributes;
}

/** Values of a resource: a host, a process, a server, or a part of it. */
export interface ReadingGroup {
  readonly resource: ReadingAttributes;
  /** Time from which on sums count. */
  readonly startMillis: number;
  readonly readings: readonly Reading[];
}

/** A metric that a receiver reads. */
export interface ScrapedMetric {
  readonly kind: 'gauge' | 'sum';
  readonly isMonotonic: boolean;
  /** Whether its values are integers. */
  readonly isInteger: boolean;
  readonly unit: string;
  readonly description: string;
  /** Whether it is collected by default. */
  readonly isEnabled: boolean;
}

/** Declares a metric. */
export function metric(
  type: 'gauge' | 'sum' | 'counter',
  value: 'int' | 'double',
  unit: string,
  isEnabled: boolean,
  description: string,
): ScrapedMetric {
  const kind = type === 'counter' ? 'sum' : type;
  return { kind, isMonotonic: type === 'counter', isInteger: value === 'int', unit, description, isEnabled };
}
