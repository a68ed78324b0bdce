import type { Signal } from '@otelier/otlp';
import type { StoreEvent } from '../contract.ts';

/** Per journal (by name) a position in it. */
export type Positions = Readonly<Record<string, number>>;

/** A Parquet file that a query reads: one of `data/`, or a snapshot of rows which are in none yet. Immutable. */
export interface StoredFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** Of the time column, both inclusive, nanoseconds. */
  readonly minTime: bigint;
  readonly maxTime: bigint;
  /** Promoted attribute columns of this file. */
  readonly promoted: readonly string[];
  /** Rows per `key#type`, promoted or in the map; the most frequent 1,000. */
  readonly keys: Readonly<Record<string, number>>;
  /** Where in the file its index of trace ids lies (`traceIndexContains`). */
  readonly traceIndex: { readonly offset: number; readonly length: number } | undefined;
}

/** The files that hold all rows of a tenant and signal acknowledged before; none is removed until `release(pin)`. */
export interface Snapshot {
  readonly pin: number;
  readonly files: readonly StoredFile[];
}

/**
 * A snapshot on its way between the threads: of all `paths`, `added` describes those that were not in the last snapshot
 * of the same tenant and signal, because describing hundreds of files anew for every query would cost more than many a
 * query.
 */
export interface SnapshotMessage {
  readonly pin: number;
  readonly paths: readonly string[];
  readonly added: readonly StoredFile[];
}

/** What the reading side needs of the writing side. */
export interface SnapshotAccess {
  /** Everything acknowledged before the call is in the files of the answer. Each snapshot must be released. */
  snapshot(tenant: string, signal: Signal): Promise<Snapshot>;
  release(snapshot: Snapshot): void;
  /** Tenants that have rows. */
  tenants(): Promise<readonly string[]>;
}

/** Rows, files and bytes of one signal, over all tenants. */
export interface SignalStats {
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  readonly pendingRows: number;
}

/** What the store thread knows of the store. */
export interface ThreadStats {
  readonly signals: Readonly<Record<string, SignalStats>>;
  readonly sizeBytes: number;
  readonly oldest: bigint | undefined;
}

/** Requests that the main thread sends to the store thread, with what is answered. `positions` are durable positions that must have been read before the answer. */
export interface Requests {
  flush: { readonly parameters: { readonly positions: Positions }; readonly result: undefined };
  snapshot: {
    readonly parameters: { readonly tenant: string; readonly signal: Signal; readonly positions: Positions };
    readonly result: SnapshotMessage;
  };
  tenants: { readonly parameters: { readonly positions: Positions }; readonly result: readonly string[] };
  backup: {
    readonly parameters: { readonly directory: string; readonly positions: Positions };
    readonly result: { readonly files: number; readonly bytes: number };
  };
  stats: { readonly parameters: { readonly positions: Positions }; readonly result: ThreadStats };
  close: { readonly parameters: Record<string, never>; readonly result: undefined };
}

export type RequestName = keyof Requests;

/** From the main thread to the store thread. */
export type ToThread =
  | {
      readonly [Name in RequestName]: { readonly kind: Name; readonly id: number } & Requests[Name]['parameters'];
    }[RequestName]
  /** Journals have grown; needs no answer. */
  | { readonly kind: 'durable'; readonly positions: Positions }
  | { readonly kind: 'release'; readonly pin: number };

/** From the store thread to the main thread. */
export type FromThread =
  /** Files are known and requests may come. `stated` are the highest positions that files tell of each journal. */
  | { readonly kind: 'ready'; readonly stated: Positions }
  /** What the journals held at the start is read. */
  | { readonly kind: 'caught-up' }
  | { readonly kind: 'reply'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  | { readonly kind: 'event'; readonly event: StoreEvent }
  /** All rows below the position are in files: the journal's owner may discard its segments. */
  | { readonly kind: 'discard'; readonly journal: string; readonly position: number }
  /** Whether files can be written, and whether journals can be read; while not, appends are answered with `retry`. */
  | {
      readonly kind: 'writable';
      readonly what: 'files' | 'journal';
      readonly writable: boolean;
      readonly reason: string;
    };

/** What the store thread is started with. */
export interface ThreadOptions {
  readonly directory: string;
  readonly retentionMillis: number;
  readonly maxBytes: number;
  readonly rowsPerFile: number;
  readonly maxFileAgeMillis: number;
  /** Memory of a tenant's and signal's pending rows at which they go to a file. Default 48 MiB. */
  readonly pendingBytes?: number;
  /** After files could not be written it is tried again this often. */
  readonly retryMillis: number;
  /** The journals, with their durable positions at the start: what lies below is recovered. */
  readonly positions: Positions;
  /** Positions of the oldest records of the journals. */
  readonly firstPositions: Positions;
  /** Bytes of unfinished records that opening the journals has cut off. */
  readonly cutBytes: number;
}
