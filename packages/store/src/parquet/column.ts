/**
 * Byte strings numbered from 1 in Parquet's PLAIN layout (a four-byte length, then the bytes): entry `e` is
 * `bytes[starts[e - 1] .. starts[e])`. A dictionary page or a page of plain values can therefore be copied as is.
 */
export interface ByteEntries {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly count: number;
}

/** A byte string column: `refs[row]` is an entry number, or 0 if the row has no value. */
export interface BytesColumn {
  readonly kind: 'bytes';
  readonly name: string;
  readonly type: 'text' | 'bytes';
  readonly refs: Uint32Array;
  readonly entries: ByteEntries;
  /** Whether these rows use nearly all entries, so that all of them can be written as the dictionary unchanged. */
  readonly whole?: boolean;
  /** Whether all rows have a value, if that is known. */
  readonly full?: boolean;
}

/** A column in which no row has a value. */
export interface EmptyColumn {
  readonly kind: 'empty';
  readonly name: string;
  readonly type: 'text' | 'bytes' | 'id8' | 'time' | 'int64' | 'int32' | 'uint32' | 'double' | 'bool';
  readonly rows: number;
}

/**
 * 64-bit values as little-endian word pairs. `present[row]` is 0 if the row has no value; `undefined` means that all
 * rows have one.
 */
export interface Words64Column {
  readonly kind: 'words64';
  readonly name: string;
  readonly type: 'time' | 'int64' | 'double' | 'id8';
  readonly words: Uint32Array;
  readonly present: Uint8Array | undefined;
}

export interface Words32Column {
  readonly kind: 'words32';
  readonly name: string;
  readonly type: 'int32' | 'uint32';
  readonly words: Uint32Array;
  readonly present: Uint8Array | undefined;
}

/** 0 is absent, 1 is false, 2 is true. */
export interface BoolColumn {
  readonly kind: 'bool';
  readonly name: string;
  readonly type: 'bool';
  readonly values: Uint8Array;
}

/**
 * A required map of text to text: row `r` has the pairs `starts[r] .. starts[r + 1]` of both columns. The keys of a row
 * are distinct, and no reference is 0.
 */
export interface MapColumn {
  readonly kind: 'map';
  readonly name: string;
  readonly type: 'map';
  readonly starts: Uint32Array;
  readonly keys: Uint32Array;
  readonly keyEntries: ByteEntries;
  readonly values: Uint32Array;
  readonly valueEntries: ByteEntries;
}

/** A column as typed arrays with one element per row. All kinds except maps are written as optional fields. */
export type PlainColumn = BytesColumn | EmptyColumn | Words64Column | Words32Column | BoolColumn | MapColumn;

/**
 * A column that is built one row group at a time. Building a dozen such columns for all rows at once would exceed the
 * builder's memory limit.
 */
export interface DeferredColumn<Column extends PlainColumn = PlainColumn> {
  readonly kind: 'deferred';
  readonly name: string;
  readonly type: Column['type'];
  /** Builds the rows `from <= row < to`, which are valid until another column is built. */
  readonly slice: (from: number, to: number) => Column;
}

/** A column of a Parquet file. */
export type ParquetColumn = PlainColumn | DeferredColumn;
