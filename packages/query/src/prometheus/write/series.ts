/** A native histogram of a remote write request, with absolute bucket counts. */
export interface WrittenHistogram {
  readonly time: number;
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: WrittenBuckets;
  readonly negative: WrittenBuckets;
  readonly customValues: readonly number[];
  /** Whether the sum is a stale marker. */
  readonly isStale: boolean;
  readonly startTime: number;
}

/** Runs of consecutive buckets, and the counts of all their buckets. */
export interface WrittenBuckets {
  readonly spans: readonly { readonly offset: number; readonly length: number }[];
  readonly counts: readonly number[];
}

export interface WrittenSample {
  readonly time: number;
  readonly value: number;
  readonly isStale: boolean;
  readonly startTime: number;
}

export interface WrittenExemplar {
  readonly labels: Labels;
  readonly value: number;
  readonly time: number;
}

type Labels = ReadonlyMap<string, string>;

/** A series of a remote write request. Times are milliseconds since the epoch; start times are 0 if unknown. */
export interface WrittenSeries {
  readonly labels: Labels;
  readonly samples: readonly WrittenSample[];
  readonly histograms: readonly WrittenHistogram[];
  readonly exemplars: readonly WrittenExemplar[];
  readonly help: string;
  readonly unit: string;
}

/** A remote write request that is malformed or cannot be stored. */
export class RemoteWriteError extends Error {
  override readonly name = 'RemoteWriteError';
}
