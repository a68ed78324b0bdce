import type { DataKey } from '@otelier/journal/encryption';
import type { Signal } from '@otelier/otlp';
import type { NamedRows, RowsWanted } from '../columns/pending/pending-traces.ts';
import type { Condition, HeldStats, NearestData, SignalRetention, StoreEvent } from '../contract.ts';
import type { LegalHold } from '../holds/contract.ts';
import type { Purpose, PurposesStats } from '../purposes/contract.ts';
import type { ErrorPart } from '../read/summaries/merge-errors.ts';
import type { PackedRequests, RequestGrouping, ServiceItems } from '../read/summaries/protocol.ts';
import type { ItemCell, ItemsWanted } from '../scan/collect-items.ts';
import type { SeverityCount } from '../scan/collect-severities.ts';
import type { CountedValues } from '../scan/collect-values.ts';
import type { NewestTraces, TimeRange } from '../scan/newest.ts';
import type { StepRange } from '../scan/step-clock.ts';
import type { SummaryPlace } from '../schema.ts';
import type { ErasedFile, SubjectFindings } from '../subjects/contract.ts';
import type { RemovedFile, TenantSizes, TenantStats } from '../tenants/contract.ts';
import type { FileEdit } from './edits/contract.ts';

/** Positions in journals, by journal name. */
export type Positions = Readonly<Record<string, number>>;

/** An immutable Parquet file that a query reads: one in `data/`, or a snapshot of pending rows. */
export interface StoredFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** Range of the time column in nanoseconds, both ends inclusive. */
  readonly minTime: bigint;
  readonly maxTime: bigint;
  /** Promoted attribute columns of this file. */
  readonly promoted: readonly string[];
  /** Number of rows per `key#type`, promoted or in the map, for the 1,000 most frequent ones. */
  readonly keys: Readonly<Record<string, number>>;
  /** Location of the trace ID index in the file (`traceIndexContains`). */
  readonly traceIndex: { readonly offset: number; readonly length: number } | undefined;
  /** Location of the summary of the rows, if there is one of this version. */
  readonly summary: SummaryPlace | undefined;
}

/**
 * Files that contain all previously acknowledged rows of a tenant and signal. None of them is removed until
 * `release(pin)`.
 */
export interface Snapshot {
  readonly pin: number;
  readonly files: readonly StoredFile[];
}

/**
 * A snapshot as sent between threads. `added` describes only those of `paths` that were not in the previous snapshot of
 * the same tenant and signal, because describing hundreds of files for every query would cost more than many queries.
 */
export interface SnapshotMessage {
  readonly pin: number;
  readonly paths: readonly string[];
  readonly added: readonly StoredFile[];
}

/** Pending rows that no file of a snapshot contains. */
export interface PendingPlace {
  /** The rows can be read until one of these parts has been written to a file. */
  readonly parts: readonly { readonly generation: number; readonly rows: number }[];
  readonly rows: number;
  readonly minTime: bigint;
  readonly maxTime: bigint;
}

/** What to read from pending rows. */
export interface PendingQuestion {
  /** Traces with a span in a time range that satisfies the conditions, the newest first. */
  readonly newest?: {
    readonly start: bigint;
    readonly end: bigint;
    readonly limit: number;
    readonly conditions: readonly Condition[];
  };
  /** Requests by group and step. */
  readonly requests?: {
    readonly range: StepRange;
    readonly by: RequestGrouping;
    readonly conditions: readonly Condition[];
  };
  /** Failed spans by service, error, name and step. */
  readonly errors?: { readonly range: StepRange; readonly conditions: readonly Condition[] };
  /** Log records by step and level. */
  readonly severities?: { readonly range: StepRange; readonly conditions: readonly Condition[] };
  /** Items by their properties and step. */
  readonly items?: ItemsWanted;
  /** The newest rows, and all with the time of the last of them. */
  readonly newestRows?: TimeRange & {
    readonly conditions: readonly Condition[];
    readonly limit: number;
    /** Columns besides those of the attributes that have their own, which `withAttributes` adds. */
    readonly columns: readonly string[];
    readonly withAttributes: boolean;
    readonly maxBytes: number;
  };
  /** Log records by the value of a field. */
  readonly values?: TimeRange & { readonly field: string; readonly conditions: readonly Condition[] };
  /** The services of items in a time range. */
  readonly services?: { readonly start: bigint; readonly end: bigint; readonly service: string | undefined };
  /** The number of rows per `key#type` of attributes. */
  readonly keys?: true;
  /** Where the rows are in relation to a range. */
  readonly nearest?: { readonly start: bigint; readonly end: bigint };
  /** The rows of traces, and of this number of the newest. */
  readonly traceRows?: Omit<RowsWanted, 'rows'> & { readonly ofNewest?: number };
}

/** What was read from pending rows; undefined parts exceed a limit or must be read by the engine. */
export interface PendingReply {
  readonly newest?: NewestTraces | undefined;
  readonly requests?: PendingRequests | undefined;
  readonly errors?: readonly ErrorPart[] | undefined;
  readonly severities?: readonly SeverityCount[] | undefined;
  readonly items?: readonly ItemCell[] | undefined;
  readonly newestRows?: NamedRows | undefined;
  readonly values?: CountedValues | undefined;
  readonly services?: readonly ServiceItems[] | undefined;
  readonly nearest?: NearestData | undefined;
  readonly keys?: Readonly<Record<string, number>> | undefined;
  readonly traceRows?: NamedRows | undefined;
}

/** The requests among pending rows. */
export interface PendingRequests {
  readonly serving: PackedRequests;
  /** Other root spans, always by service. They are requests of services that have no server or consumer spans. */
  readonly roots: PackedRequests;
}

/** Like `Snapshot`, but the files lack the pending rows, which would have to be written to a file first. */
export interface DirectSnapshot extends Snapshot {
  /** Undefined if the files contain all rows. */
  readonly pending: PendingPlace | undefined;
  readonly reply: PendingReply;
}

/** What is read of a snapshot. */
export type SnapshotReads = 'everything' | 'summaries';

/** The write side's interface for queries. */
export interface SnapshotAccess {
  /**
   * Returns files that contain everything acknowledged before the call. Every snapshot must be released. Whole files are
   * checked for damage unless only their summaries are read, or rows by readers that verify them.
   */
  snapshot(tenant: string, signal: Signal, reads?: SnapshotReads): Promise<Snapshot>;
  release(snapshot: Snapshot): void;
  /** Returns files, and a reply from the pending rows that are in none of them. The snapshot must be released. */
  direct?(tenant: string, signal: Signal, question: PendingQuestion): Promise<DirectSnapshot>;
  /** Reads the same rows as a direct snapshot; `undefined` if some have been written to a file since. */
  pending?(
    tenant: string,
    signal: Signal,
    place: PendingPlace,
    question: PendingQuestion,
  ): Promise<PendingReply | undefined>;
  /** Checks files of which one could not be read. Damaged ones are not in later snapshots. */
  verify?(paths: readonly string[]): Promise<void>;
  /** Returns the tenants that have rows. */
  tenants(): Promise<readonly string[]>;
}

/** Row, file and byte counts of one signal over all tenants. */
export interface SignalStats {
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  readonly pendingRows: number;
}

/** Statistics of the store thread. */
export interface ThreadStats {
  readonly signals: Readonly<Record<string, SignalStats>>;
  readonly tenants: readonly TenantStats[];
  readonly sizeBytes: number;
  readonly oldest: bigint | undefined;
  readonly purposes?: PurposesStats | undefined;
  readonly held?: HeldStats | undefined;
}

/**
 * Requests from the main thread to the store thread, with their replies. `positions` are durable positions that must
 * have been read before the reply.
 */
export interface Requests {
  flush: { readonly parameters: { readonly positions: Positions }; readonly result: undefined };
  snapshot: {
    readonly parameters: {
      readonly tenant: string;
      readonly signal: Signal;
      readonly positions: Positions;
      readonly reads: SnapshotReads;
    };
    readonly result: SnapshotMessage;
  };
  direct: {
    readonly parameters: {
      readonly tenant: string;
      readonly signal: Signal;
      readonly positions: Positions;
      readonly question: PendingQuestion;
    };
    readonly result: SnapshotMessage & { readonly pending: PendingPlace | undefined; readonly reply: PendingReply };
  };
  pending: {
    readonly parameters: {
      readonly tenant: string;
      readonly signal: Signal;
      readonly positions: Positions;
      readonly place: PendingPlace;
      readonly question: PendingQuestion;
    };
    readonly result: PendingReply | undefined;
  };
  verify: {
    readonly parameters: { readonly positions: Positions; readonly paths: readonly string[] };
    readonly result: undefined;
  };
  tenants: { readonly parameters: { readonly positions: Positions }; readonly result: readonly string[] };
  stats: { readonly parameters: { readonly positions: Positions }; readonly result: ThreadStats };
  limit: {
    readonly parameters: { readonly positions: Positions; readonly sizes: TenantSizes };
    readonly result: undefined;
  };
  hold: {
    readonly parameters: { readonly positions: Positions; readonly holds: readonly LegalHold[] };
    readonly result: undefined;
  };
  remove: {
    readonly parameters: { readonly positions: Positions; readonly tenant: string };
    readonly result: readonly RemovedFile[];
  };
  /** Searches for items of an edit, also among pending rows. */
  search: {
    readonly parameters: { readonly positions: Positions; readonly edit: FileEdit; readonly samples: number };
    readonly result: SubjectFindings;
  };
  /** Writes all rows to files, gives up the journals, and edits the files. */
  edit: {
    readonly parameters: { readonly positions: Positions; readonly edit: FileEdit };
    readonly result: EditedFiles;
  };
  close: { readonly parameters: Record<string, never>; readonly result: undefined };
}

/** What an edit did. */
export interface EditedFiles {
  readonly files: readonly ErasedFile[];
  readonly held: number;
  readonly holds: readonly string[];
  /** Number of files that were searched. */
  readonly searchedFiles: number;
  readonly searched: number;
  /** The files after the edit. Items in other files arrived later. */
  readonly names: readonly string[];
}

export type RequestName = keyof Requests;

/** Messages from the main thread to the store thread. */
export type ToThread =
  | {
      readonly [Name in RequestName]: { readonly kind: Name; readonly id: number } & Requests[Name]['parameters'];
    }[RequestName]
  /** Announces that the journals have grown. Has no reply. */
  | { readonly kind: 'durable'; readonly positions: Positions }
  | { readonly kind: 'release'; readonly pin: number }
  /** The data keys of all tenants, before something is encrypted with a new one. Has no reply. */
  | { readonly kind: 'keys'; readonly keys: readonly DataKey[] };

/** Messages from the store thread to the main thread. */
export type FromThread =
  /**
   * Files have been scanned and requests are accepted. `stated` contains the highest position in files for each
   * journal.
   */
  | { readonly kind: 'ready'; readonly stated: Positions }
  /** The records that were in the journals at startup have been read. */
  | { readonly kind: 'caught-up' }
  | { readonly kind: 'reply'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  | { readonly kind: 'event'; readonly event: StoreEvent }
  /** All rows below the position are in files: the owner of the journal may discard its segments. */
  | { readonly kind: 'discard'; readonly journal: string; readonly position: number }
  /** Whether files can be written and journals can be read. If not, appends return `retry`. */
  | {
      readonly kind: 'writable';
      readonly what: 'files' | 'journal';
      readonly writable: boolean;
      readonly reason: string;
    };

/** The start options of the store thread. */
export interface ThreadOptions {
  readonly directory: string;
  readonly retentionMillis: number;
  readonly maxBytes: number;
  readonly retention?: SignalRetention | undefined;
  readonly tenantSizes?: TenantSizes | undefined;
  readonly purposes?: readonly Purpose[] | undefined;
  readonly rowsPerFile: number;
  readonly maxFileAgeMillis: number;
  /** Memory used by the pending rows of a tenant and signal at which they are written to a file. Default 48 MiB. */
  readonly pendingBytes?: number;
  /** Interval at which failed writes are retried, in milliseconds. */
  readonly retryMillis: number;
  /** Durable positions of the journals at startup. Records below them are recovered. */
  readonly positions: Positions;
  /** Positions of the journals' oldest records. */
  readonly firstPositions: Positions;
  /** Size of the incomplete records that were removed when the journals were opened, in bytes. */
  readonly cutBytes: number;
  /** The data keys of all tenants, if the store is encrypted. */
  readonly keys?: readonly DataKey[] | undefined;
  readonly holds?: readonly LegalHold[] | undefined;
}
