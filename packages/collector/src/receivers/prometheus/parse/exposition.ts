/** The types of metrics in pages. */
export type MetricType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'summary'
  | 'info'
  | 'stateset'
  | 'unknown';

/** The metadata of a metric family. */
export interface Metadata {
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
}

/** The labels of a sample, without its name. */
export type LabelPairs = readonly (readonly [string, string])[];

/** A measurement that contributed to a sample. */
export interface Exemplar {
  readonly labels: LabelPairs;
  readonly value: number;
  readonly timestampMillis: number | undefined;
}

/** Runs of consecutive buckets. `offset` is relative to the end of the run before. */
export interface BucketSpan {
  readonly offset: number;
  readonly length: number;
}

/** A native histogram, with absolute counts of its buckets. */
export interface NativeHistogram {
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: NativeBuckets;
  readonly negative: NativeBuckets;
}

/** The buckets of one sign of a native histogram. */
export interface NativeBuckets {
  readonly spans: readonly BucketSpan[];
  readonly counts: readonly number[];
}

/** A sample of a page. */
export interface Sample {
  /** Identifies the series within pages of a target: the text of its name and labels. */
  readonly key: string;
  readonly value: number | NativeHistogram;
  readonly timestampMillis: number | undefined;
  readonly startMillis: number | undefined;
  readonly exemplars: readonly Exemplar[];
  /** Decodes the name and the labels. */
  identity(): { readonly name: string; readonly labels: LabelPairs };
}

/** Receives the contents of a page in their order. */
export interface ExpositionSink {
  metadata(family: string, metadata: Partial<Metadata>): void;
  sample(sample: Sample): void;
}

/** A page that is malformed. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError';
}
