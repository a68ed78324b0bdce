/** A summary to read: its place in a file, and the cells in it that the query takes from rows instead. */
export interface SummarySource {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  readonly skip: readonly number[];
  /** Range of the times of the file's rows, both ends inclusive. */
  readonly minTime: bigint;
  readonly maxTime: bigint;
}

/** A range divided into equal steps. */
export interface SummaryRange {
  readonly start: bigint;
  readonly end: bigint;
  readonly steps: number;
}

/** How requests are grouped: by service, span name, both, or not at all. */
export type RequestGrouping = 'service' | 'route' | 'operation' | 'none';

/** A request to merge the summaries of files. */
export type SummaryRequest = SummaryRange & {
  readonly sources: readonly SummarySource[];
  /** Only this service. */
  readonly service: string | undefined;
} & (
    | { readonly kind: 'services' }
    | { readonly kind: 'requests'; readonly by: RequestGrouping; readonly rootOnly: readonly string[] }
    | { readonly kind: 'errors' }
    | { readonly kind: 'severities' }
    /** `detail` tells names and levels apart. */
    | { readonly kind: 'volumes'; readonly detail: boolean }
  );

/** The items of a service with one version. */
export interface ServiceItems {
  readonly service: string;
  readonly version: string | undefined;
  readonly items: number;
  readonly serving: boolean;
  readonly lastSeen: bigint;
}

/** Requests of groups and steps, in one array each so that they are passed between threads quickly. */
export interface PackedRequests {
  /** Service and span name of each group; empty if requests are not grouped by them. */
  readonly keys: readonly (readonly [service: string, name: string])[];
  /** For each group and step: key, step, count, errors, sum, min, max, number of buckets. */
  readonly stats: Float64Array<ArrayBuffer>;
  /** For each group and step: pairs of bucket and count. */
  readonly buckets: Uint32Array<ArrayBuffer>;
}

/** Number of elements of `PackedRequests.stats` per group and step. */
export const STATS = 8;

/** The failed spans of a group. */
export interface ErrorItems {
  readonly service: string;
  readonly type: string;
  readonly message: string;
  readonly name: string;
  readonly count: number;
  readonly firstSeen: bigint;
  readonly lastSeen: bigint;
  readonly steps: readonly number[];
  readonly traceId: string;
}

/** The log records of a service and level in a step. */
export interface SeverityItems {
  readonly service: string;
  readonly level: number;
  readonly step: number;
  readonly count: number;
}

/** The items of a service in a step, and their size, with a name and a level if they are told apart. */
export interface VolumeItems {
  readonly service: string;
  readonly name: string;
  readonly level: number;
  readonly step: number;
  readonly items: number;
  readonly bytes: number;
}

/** The merged contents of some summaries, of the kind that was requested. */
export interface SummaryPart {
  readonly services?: readonly ServiceItems[];
  readonly requests?: PackedRequests;
  readonly errors?: readonly ErrorItems[];
  readonly severities?: readonly SeverityItems[];
  readonly volumes?: readonly VolumeItems[];
}

/** The merged contents of summaries, in parts to add up. Summaries in `damaged` files are not part of it. */
export interface SummaryResult {
  readonly damaged: readonly string[];
  readonly parts: readonly SummaryPart[];
}
