import type { Signal } from '@otelier/otlp';

/**
 * The layout of a store on disk: what the writing side writes and the reading side relies on.
 *
 * ```
 * <directory>/
 *   store.json                                 { "version": 1, "crc32": "…" }
 *   lock                                       the process that writes
 *   storing.json                               attempts to store records; left by a process that died
 *   reading.json                               records that are being stored
 *   positions.json                             journal positions of files that retention has removed
 *   journal/<name>/                            appended batches
 *   data/<tenant>/<signal>/<day>/<id>.parquet  immutable; the rename into place is the commit; ids count up
 *   documents/<kind>-<id>.state                what the page has saved, by the program that owns the store
 *   damaged/                                   files that could not be used, moved here and never deleted
 *   rejected/                                  records that could not be stored
 *   tail/                                      snapshots of rows not yet in files; emptied on start
 * ```
 * `<tenant>` is `tenantFolder(tenant)`; `<day>` is the UTC day (`2026-11-24`) on which the file was written, which is
 * not the day of its rows.
 *
 * A row is an item (a span, log record or data point) or, for profiles, a whole request. Every file of a signal has all
 * its fixed columns, so only promoted attribute columns may be missing from a file.
 */
export const SCHEMA_VERSION = 1;

/** The storage type of a column and the resulting DuckDB type. */
export type ColumnType =
  /** BYTE_ARRAY annotated as UTF8 → VARCHAR. */
  | 'text'
  /** BYTE_ARRAY → BLOB. */
  | 'bytes'
  /** FIXED_LEN_BYTE_ARRAY(8) → BLOB; null if the ID is empty. `lower(hex(span_id))` converts it to text. */
  | 'id8'
  /** INT64 TIMESTAMP(NANOS, isAdjustedToUTC=false) → TIMESTAMP_NS. */
  | 'time'
  /** INT64 → BIGINT. */
  | 'int64'
  /** INT32 → INTEGER. */
  | 'int32'
  /** INT32 annotated as UINT_32 → UINTEGER. */
  | 'uint32'
  /** DOUBLE. */
  | 'double'
  /** BOOLEAN. */
  | 'bool'
  /** MAP(BYTE_ARRAY UTF8, BYTE_ARRAY UTF8), required, possibly empty → MAP(VARCHAR, VARCHAR). */
  | 'map';

/**
 * Name of the MAP column for attributes without their own column: key → JSON value (`"abc"`, `12`, `1.5`, `true`,
 * `[1,2]`, `null`; bytes as `{"bytes":"base64"}`).
 */
export const ATTRIBUTES_MAP = 'attrs';

/**
 * Name of the column that lists an item's attributes, in order, as a JSON array of `key#type`; null if there are none.
 * The types are those of promoted columns, and `w` for values that only wire bytes preserve (bytes, lists, maps, empty
 * values, repeated keys, unusual encodings), whose KeyValues are in `rest` in the same order.
 */
export const ATTRIBUTE_KEYS = 'attr_keys';

/**
 * Type of a promoted attribute: string, 64-bit integer, double or boolean. There is one column per key *and type*, so
 * that no reader converts a number to text because another file has text under the same key.
 */
export type AttributeType = 's' | 'i' | 'd' | 'b';

/** The column type for each promoted attribute type. */
export const ATTRIBUTE_COLUMN_TYPES: Readonly<Record<AttributeType, ColumnType>> = {
  s: 'text',
  i: 'int64',
  d: 'double',
  b: 'bool',
};

/**
 * Returns the column name of a promoted attribute, such as `a.http.route#s`. A key's value is either in this column or
 * in the map, never in both. DuckDB column names are case-insensitive, so a capital letter is written as `^` and the
 * lowercase letter (`userId` becomes `a.user^id#s`), and `^` as `^^`.
 */
export function attributeColumn(key: string, type: AttributeType | 'w'): string {
  return `a.${key.replace(/[A-Z^]/g, (letter) => `^${letter.toLowerCase()}`)}#${type}`;
}

/** Maximum length of an attribute key that can have its own column, in UTF-16 code units. */
const MAX_COLUMN_KEY_LENGTH = 256;

/**
 * Reports whether an attribute key can be a column name. SQL text ends at a NUL, and every statement repeats the column
 * names. Attributes with other keys stay in the map, where keys are values.
 */
export function isColumnKey(key: string): boolean {
  return key.length <= MAX_COLUMN_KEY_LENGTH && !key.includes('\0');
}

/** Parses the key and type of a promoted column. Returns `undefined` for any other column. */
export function parseAttributeColumn(
  column: string,
): { readonly key: string; readonly type: AttributeType } | undefined {
  const match = /^a\.(.*)#([sidb])$/s.exec(column);
  if (match === null) return undefined;
  return {
    key: (match[1] ?? '').replace(/\^(.)/gs, (_, letter: string) => letter.toUpperCase()),
    type: match[2] as AttributeType,
  };
}

/**
 * Flags of the `bits` column, for information that no other column holds. The first three mark rows that started a new
 * ResourceX, ScopeX or Metric message, so that an export restores the original structure.
 */
export const BITS = {
  startsResource: 1,
  startsScope: 2,
  startsMetric: 4,
  /** The item had no time. The time column contains the end or observed time, or else the arrival time. */
  timeAbsent: 8,
  /** The span has no end time; `duration_ns` is 0. */
  endAbsent: 16,
  /** The span's status was present but empty. */
  statusEmpty: 32,
} as const;

interface ColumnList {
  readonly [column: string]: ColumnType;
}

/**
 * Columns of every signal that has items.
 * - `resource`: the ResourceSpans/-Logs/-Metrics message without its scopes (resource, schema URL, unknown fields).
 * - `scope`: the ScopeX message without its items (scope, schema URL, unknown fields).
 * - `resource_attributes`: a JSON object. `service_name`, `scope_name` and `scope_version` are null if absent.
 * - `rest`: the item's wire fields that no column holds exactly. They take precedence over the columns, which are
 *   then approximations for queries. Attributes follow `attr_keys`.
 */
const COMMON: ColumnList = {
  service_name: 'text',
  scope_name: 'text',
  scope_version: 'text',
  resource_attributes: 'text',
  resource: 'bytes',
  scope: 'bytes',
  bits: 'int32',
  [ATTRIBUTE_KEYS]: 'text',
  [ATTRIBUTES_MAP]: 'map',
  rest: 'bytes',
};

/**
 * Fixed columns of each signal. All are nullable except `time`/`start_time`, `duration_ns`, `bits`, `name`, `kind`,
 * `status_code`, `severity_number` and the map. Readers see neither dictionaries nor enums: kinds and codes are stored
 * by name (`SERVER`, `ERROR`; 0 as `UNSPECIFIED` or `UNSET`), and unknown numbers in decimal.
 */
export const COLUMNS: Readonly<Record<Signal, ColumnList>> = {
  traces: {
    /** Lowercase hex. */
    trace_id: 'text',
    span_id: 'id8',
    parent_span_id: 'id8',
    trace_state: 'text',
    name: 'text',
    kind: 'text',
    start_time: 'time',
    /** End minus start time; negative if the clocks disagree. */
    duration_ns: 'int64',
    status_code: 'text',
    status_message: 'text',
    /**
     * JSON array `[{"time":ns,"name":"…","attributes":{…},"dropped_attributes_count":n}]`; missing and zero values are
     * omitted. Null if there are no events.
     */
    events: 'text',
    /**
     * JSON array
     * `[{"trace_id":"…","span_id":"…","trace_state":"…","attributes":{…},"dropped_attributes_count":n,"flags":n}]`.
     */
    links: 'text',
    dropped_attributes_count: 'uint32',
    dropped_events_count: 'uint32',
    dropped_links_count: 'uint32',
    flags: 'uint32',
    ...COMMON,
  },
  logs: {
    time: 'time',
    observed_time: 'time',
    severity_number: 'int32',
    severity_text: 'text',
    /** A string body unchanged; any other body as JSON. */
    body: 'text',
    trace_id: 'text',
    span_id: 'id8',
    event_name: 'text',
    dropped_attributes_count: 'uint32',
    flags: 'uint32',
    ...COMMON,
  },
  metrics: {
    time: 'time',
    start_time: 'time',
    name: 'text',
    description: 'text',
    unit: 'text',
    /** `gauge`, `sum`, `histogram`, `exponential_histogram`, `summary`. */
    kind: 'text',
    /** `UNSPECIFIED`, `DELTA`, `CUMULATIVE`; null for gauges and summaries. */
    temporality: 'text',
    /** For sums only. */
    is_monotonic: 'bool',
    /** The value of a gauge or sum, in one of the two columns as it was sent. */
    value_double: 'double',
    value_int: 'int64',
    count: 'int64',
    sum: 'double',
    min: 'double',
    max: 'double',
    /** For histograms: JSON arrays. */
    explicit_bounds: 'text',
    bucket_counts: 'text',
    /** For exponential histograms. `positive` and `negative` are JSON objects `{"offset":n,"counts":[…]}`. */
    scale: 'int32',
    zero_count: 'int64',
    zero_threshold: 'double',
    positive: 'text',
    negative: 'text',
    /** For summaries: a JSON array `[{"quantile":0.5,"value":1.5}]`. */
    quantiles: 'text',
    /**
     * JSON array `[{"time":ns,"value":n,"trace_id":"…","span_id":"…","attributes":{…}}]`; a value sent as a double has
     * a decimal point or an exponent.
     */
    exemplars: 'text',
    /** Bit 0: no recorded value (staleness). */
    flags: 'uint32',
    /**
     * Identity of the series: a hash of resource, scope, metric and attributes, independent of their order and the same
     * in every file.
     */
    series: 'int64',
    /** The Metric message without its points. */
    metric: 'bytes',
    ...COMMON,
  },
  profiles: {
    /** Arrival time of the request. */
    time: 'time',
    /** Service name of the first resource. */
    service_name: 'text',
    item_count: 'int64',
    /** The whole export request, which cannot be split because its profiles share a dictionary. */
    request: 'bytes',
  },
};

/** The time column that orders each signal's rows. */
export const TIME_COLUMN: Readonly<Record<Signal, string>> = {
  traces: 'start_time',
  logs: 'time',
  metrics: 'time',
  profiles: 'time',
};

/** Key of the store's entry in a file's Parquet metadata. Its value is a `FileFooter` encoded as JSON. */
export const FOOTER_KEY = 'otelier';

/**
 * The partially stored record of each journal: its end position and the number of its rows already written to files.
 */
export type Partials = Readonly<Record<string, { readonly end: number; readonly rows: number }>>;

/** The footer of a file. Times are nanoseconds as decimal strings, because JSON numbers would be rounded. */
export interface FileFooter {
  readonly version: number;
  readonly tenant: string;
  readonly signal: Signal;
  readonly rows: number;
  readonly minTime: string;
  readonly maxTime: string;
  /** Time at which the file was written, in milliseconds since the epoch. */
  readonly writtenMillis: number;
  /** Per journal: all rows of this tenant and signal up to this position are in this file or in older ones. */
  readonly positions: Readonly<Record<string, number>>;
  /**
   * Per journal: how many leading rows of the record after `positions` are in this file or in older ones. A record
   * whose columns exceed the memory limit is split across several files.
   */
  readonly partial?: Partials | undefined;
  /** Per journal: when the file was written, the rows of all tenants and signals below this position were in files. */
  readonly resume: Readonly<Record<string, number>>;
  /** Promoted columns (`a.http.route#s`). */
  readonly promoted: readonly string[];
  /** Number of rows with each `key#type`, whether promoted or not, for the 1,000 most frequent ones. */
  readonly keys: Readonly<Record<string, number>>;
  /** Location of the trace ID index in the file (see `trace-index.ts`), for traces and logs. */
  readonly traceIndex: { readonly offset: number; readonly length: number } | undefined;
  /** The summary of the rows (see `summaries/encode.ts`). Files of older versions have none. */
  readonly summary?: SummaryPlace | undefined;
  /** Name of the file that this one replaced: some of its rows were removed. If both exist, the other one is removed. */
  readonly replaces?: string | undefined;
}

/** Location of a summary in a file, and its properties that decide whether a query can use it. */
export interface SummaryPlace {
  readonly version: number;
  readonly offset: number;
  readonly length: number;
  readonly cellSeconds: number;
  /** Bits of its sections. */
  readonly sections: number;
}

/**
 * Returns a tenant's directory name. Plain names are unchanged; others are percent-encoded so that they cannot form a
 * path.
 */
export function tenantDirectory(tenant: string): string {
  return (
    encodeURIComponent(tenant)
      .replace(/^\.+/, (dots) => '%2E'.repeat(dots.length))
      .replaceAll('*', '%2A') || '%'
  );
}

/** In a directory with links to a read-only store's files, the name of the link to the store itself. */
export const LINKED_STORE = 'linked-store';
