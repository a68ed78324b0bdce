import type { Condition } from '../../contract.ts';
import type { TraceTime } from '../../scan/newest.ts';

/** A file to scan. */
export interface ScanSource {
  readonly path: string;
  /** Range of the times of its rows, both ends inclusive. */
  readonly minTime: bigint;
  readonly maxTime: bigint;
  /** The attributes among those of the conditions that may be in its map. */
  readonly mapKeys: readonly string[];
}

/** A request for the rows of files in a range of times that satisfy conditions. */
export type ScanRequest = {
  readonly sources: readonly ScanSource[];
  readonly start: bigint;
  readonly end: bigint;
  readonly conditions: readonly Condition[];
  readonly timeoutMillis: number;
} & NewestRequest;

/** A request for the newest traces. */
export interface NewestRequest {
  readonly kind: 'newest';
  /** Number of traces after which the scan stops, if no unread row is newer than their first ones. */
  readonly enough: number;
  /** Times of traces that are known from other rows, which count as found. */
  readonly times: readonly bigint[];
  /** Maximum number of traces to return of each row group. */
  readonly limit: number;
}

/** The newest traces in files. */
export interface NewestFound {
  /** Traces with the start of the first of their rows that were read, in no particular order. */
  readonly traces: readonly TraceTime[];
  /** Rows that were not read are not newer; `undefined` if all were read. */
  readonly bound: bigint | undefined;
  /** Traces that were found but are not returned are not newer; `undefined` if there are none. */
  readonly cut: bigint | undefined;
}

/** The result of a scan. */
export type ScanResult = NewestFound;
