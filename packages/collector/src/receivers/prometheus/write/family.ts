import { SCOPE_PREFIX, type Series } from '../labels/series.ts';
import type { LabelPairs, Metadata, MetricType, NativeHistogram } from '../parse/exposition.ts';

/** The kind of OTLP metric that a family becomes. `other` has no equivalent and becomes gauges. */
export type FamilyKind = 'sum' | 'gauge' | 'histogram' | 'exponentialHistogram' | 'summary' | 'other';

/** A value of a series: a number, a native histogram, or `undefined` as a stale marker. */
export type Value = number | NativeHistogram | undefined;

/** A bound of a bucket or a quantile, with its value. `index` is that of the sample. */
export interface Part {
  readonly bound: number;
  readonly value: Value;
  readonly index: number;
}

/** The samples that form one data point. */
export interface Point {
  readonly labels: LabelPairs;
  readonly timestampMillis: number;
  value: Part | undefined;
  count: Part | undefined;
  sum: Part | undefined;
  created: Part | undefined;
  readonly parts: Part[];
  readonly exemplars: Uint8Array[];
}

/** The samples of a metric family. */
export interface Family {
  readonly name: string;
  readonly kind: FamilyKind;
  readonly isMonotonic: boolean;
  readonly metadata: Metadata;
  /** Name of the family in the page. */
  readonly declaredName: string;
  readonly points: Map<string, Point>;
}

const UNKNOWN: Metadata = { type: 'unknown', help: '', unit: '' };

/** The metadata of the series about scrapes. */
const REPORTS: Readonly<Record<string, Metadata>> = {
  up: { type: 'gauge', help: 'The scraping was successful', unit: '' },
  scrape_duration_seconds: { type: 'gauge', help: 'Duration of the scrape', unit: 'seconds' },
  scrape_samples_scraped: { type: 'gauge', help: 'The number of samples the target exposed', unit: '' },
  scrape_series_added: { type: 'gauge', help: 'The approximate number of new series in this scrape', unit: '' },
  scrape_samples_post_metric_relabeling: {
    type: 'gauge',
    help: 'The number of samples remaining after metric relabeling was applied',
    unit: '',
  },
};

const SUFFIXES = ['_bucket', '_count', '_sum', '_total', '_info', '_created'];

/** Returns a name without the suffix that samples of a family have. */
export function withoutSuffix(name: string): string {
  const suffix = SUFFIXES.find((one) => name.endsWith(one) && name !== one);
  return suffix === undefined ? name : name.slice(0, -suffix.length);
}

/** Creates the family of a metric, given the metadata of the page. */
export function createFamily(metricName: string, metadataOf: ReadonlyMap<string, Metadata>, isNative: boolean): Family {
  const { metadata, name, declaredName } = describe(metricName, metadataOf);
  const [kind, isMonotonic] = isNative ? (['exponentialHistogram', true] as const) : kindOf(metadata.type);
  return {
    name,
    kind,
    isMonotonic,
    metadata: isNative ? { ...metadata, type: 'histogram' } : metadata,
    declaredName,
    points: new Map(),
  };
}

interface Description {
  readonly metadata: Metadata;
  readonly name: string;
  readonly declaredName: string;
}

function describe(name: string, metadataOf: ReadonlyMap<string, Metadata>): Description {
  const report = Object.hasOwn(REPORTS, name) ? REPORTS[name] : undefined;
  const own = report ?? metadataOf.get(name);
  if (own !== undefined) return { metadata: own, name, declaredName: name };
  const family = withoutSuffix(name);
  const metadata = family === name ? undefined : metadataOf.get(family);
  if (metadata === undefined) return { metadata: UNKNOWN, name, declaredName: name };
  if (metadata.type !== 'counter') return { metadata, name: family, declaredName: family };
  // The start time belongs to the counter, whose name ends in _total.
  const counter = name.endsWith('_created') ? `${family}_total` : name;
  return { metadata, name: counter, declaredName: family };
}

const KINDS: Readonly<Record<MetricType, readonly [kind: FamilyKind, isMonotonic: boolean]>> = {
  counter: ['sum', true],
  gauge: ['gauge', false],
  unknown: ['gauge', false],
  histogram: ['histogram', true],
  summary: ['summary', true],
  info: ['sum', false],
  stateset: ['sum', false],
  gaugehistogram: ['other', false],
};

function kindOf(type: MetricType): readonly [FamilyKind, boolean] {
  return KINDS[type];
}

/** Reports whether a metric belongs to a family that another metric created. */
export function includesMetric({ kind, name, declaredName }: Family, metricName: string): boolean {
  if (kind === 'gauge') return metricName === name;
  return withoutSuffix(metricName) === (kind === 'sum' ? declaredName : name);
}

/** Returns the attributes of the points of a series: its labels without those that stand elsewhere. */
export function pointLabels({ labels }: Series, kind: FamilyKind): LabelPairs {
  const bound = kind === 'histogram' ? 'le' : kind === 'summary' ? 'quantile' : undefined;
  return labels.filter(
    ([name]) => name !== 'job' && name !== 'instance' && name !== bound && !name.startsWith(SCOPE_PREFIX),
  );
}
