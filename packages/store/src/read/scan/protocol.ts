import type { Signal } from '@otelier/otlp';
import type { Condition } from '../../contract.ts';
import type { ItemCell, ItemsWanted } from '../../scan/collect-items.ts';
import type { SeverityCount } from '../../scan/collect-severities.ts';
import type { CountedValues } from '../../scan/collect-values.ts';
import type { TimeRange, TraceTime } from '../../scan/newest.ts';
import type { StepRange } from '../../scan/step-clock.ts';
import type { AttributeVolume } from '../../volumes/contract.ts';
import type { LookupResult } from '../lookup/protocol.ts';
import type { ErrorPart } from '../summaries/merge-errors.ts';
import type { PackedRequests, RequestGrouping, ServiceItems } from '../summaries/protocol.ts';

/** Signals whose rows are scanned. */
export type ScannedSignal = Exclude<Signal, 'profiles'>;

/** A file to scan. */
export interface ScanSource {
  readonly path: string;
  /** Range of the times of its rows, both ends inclusive. */
  readonly minTime: bigint;
  readonly maxTime: bigint;
  /** The attributes among those of the conditions that may be in its map. */
  readonly mapKeys: readonly string[];
}

/** A request for the rows of files in some ranges of times that satisfy conditions. */
export type ScanRequest = ScannedRows &
  (
    | NewestRequest
    | ServicesRequest
    | RequestsRequest
    | ErrorsRequest
    | SeveritiesRequest
    | ValuesRequest
    | ItemsRequest
    | NewestRowsRequest
    | SpansRequest
    | AttributesRequest
  );

/** The rows that a scan reads. */
export interface ScannedRows {
  readonly sources: readonly ScanSource[];
  /** At least one range; they do not overlap. */
  readonly ranges: readonly TimeRange[];
  readonly conditions: readonly Condition[];
  readonly timeoutMillis: number;
}

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

/** A request for items by service and version. */
export interface ServicesRequest {
  readonly kind: 'services';
  readonly signal: ScannedSignal;
  /** The range in one step. */
  readonly range: StepRange;
}

/** A request for requests (server and consumer spans) by group and step. */
export interface RequestsRequest {
  readonly kind: 'requests';
  readonly range: StepRange;
  readonly by: RequestGrouping;
  /** The services whose root spans are requests. */
  readonly rootOnly: readonly string[];
}

/** A request for failed spans by service, error, name and step. */
export interface ErrorsRequest {
  readonly kind: 'errors';
  readonly range: StepRange;
}

/** A request for log records by step and level. */
export interface SeveritiesRequest {
  readonly kind: 'severities';
  readonly range: StepRange;
}

/** A request for the values of a field of log records, with the number of records of each. */
export interface ValuesRequest {
  readonly kind: 'values';
  readonly field: string;
  /** The range in one step. */
  readonly range: StepRange;
}

/** A request for items by their properties and step. */
export interface ItemsRequest extends ItemsWanted {
  readonly kind: 'items';
  readonly signal: ScannedSignal;
  /** Maximum number of results. */
  readonly limit: number;
}

/** A request for the newest rows. */
export interface NewestRowsRequest {
  readonly kind: 'newest-rows';
  readonly signal: ScannedSignal;
  /** Number of rows, with those known from elsewhere, beyond which none are read. Default: no limit. */
  readonly maxRows?: number;
  /** Number of rows to find. More with the time of the last one are returned. */
  readonly limit: number;
  /** Times of rows that are known from other rows, which count as found. */
  readonly times: readonly bigint[];
  readonly columns: readonly string[];
  /** Maximum size of the values, in bytes. */
  readonly maxBytes: number;
}

/** A request for the IDs of a trace's spans with a text. The conditions do not matter. */
export interface SpansRequest {
  readonly kind: 'spans';
  readonly traceId: string;
  /** Printable ASCII. */
  readonly text: string;
  /** Maximum size of the values that are read of spans found, in bytes. */
  readonly maxBytes: number;
}

/** A request for the attributes in files, from their metadata. The conditions and ranges do not matter. */
export interface AttributesRequest {
  readonly kind: 'attributes';
  /** For each source, the number of its rows per `key#type`, and the share of them that counts. */
  readonly files: readonly { readonly keys: Readonly<Record<string, number>>; readonly share: number }[];
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
export type ScanResult =
  | { readonly kind: 'newest'; readonly newest: NewestFound }
  | { readonly kind: 'services'; readonly services: readonly ServiceItems[] }
  | { readonly kind: 'requests'; readonly requests: PackedRequests }
  | { readonly kind: 'errors'; readonly errors: readonly ErrorPart[] }
  | { readonly kind: 'severities'; readonly severities: readonly SeverityCount[] }
  | { readonly kind: 'items'; readonly items: readonly ItemCell[] }
  | { readonly kind: 'newest-rows'; readonly rows: LookupResult }
  | {
      readonly kind: 'spans' /** The spans' IDs without separators: a message copies one string faster than many. */;
      readonly spanIds: string;
    }
  | { readonly kind: 'values'; readonly values: CountedValues }
  | { readonly kind: 'attributes'; readonly attributes: readonly AttributeVolume[] };
