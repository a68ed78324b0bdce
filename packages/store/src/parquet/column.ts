/**
 * Byte strings numbered from 1, in the form that Parquet writes (PLAIN: four bytes of length, then the bytes): entry
 * `e` is `bytes[starts[e - 1] .. starts[e])`. A dictionary page, or a page of plain values, is then a copy.
 */
export interface ByteEntries {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly count: number;
}

/** Byte strings by reference: `refs[row]` is an entry's number, 0 where the row has no value. */
export interface BytesColumn {
  readonly kind: 'bytes';
  readonly name: string;
  readonly type: 'text' | 'bytes';
  readonly refs: Uint32Array;
  readonly entries: ByteEntries;
  /** Whether these rows use nearly all entries, which then form the dictionary unchanged. */
  readonly whole?: boolean;
}

/** A column in which no row has a value. */
export interface EmptyColumn {
  readonly kind: 'empty';
  readonly name: string;
  readonly type: 'text' | 'bytes' | 'id8' | 'time' | 'int64' | 'int32' | 'uint32' | 'double' | 'bool';
  readonly rows: number;
}

/**
 * 64-bit values as little-endian pairs of words. `present[row]` is 0 where the row has no value; `undefined`: all rows
 * have one.
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

/** 0: none, 1: false, 2: true. */
export interface BoolColumn {
  readonly kind: 'bool';
  readonly name: string;
  readonly type: 'bool';
  readonly values: Uint8Array;
}

/**
 * A required map of text to text: row `r` has the pairs `starts[r] .. starts[r + 1]` of both columns. Keys of a row are
 * distinct, and no reference is 0.
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

/** A column as typed arrays with one element per row. All kinds except maps are written as optional. */
export type PlainColumn = BytesColumn | EmptyColumn | Words64Column | Words32Column | BoolColumn | MapColumn;

/**
 * A column that is built for one row group at a time: a dozen columns for all rows would exceed the builder's memory.
 */
export interface DeferredColumn<Column extends PlainColumn = PlainColumn> {
  readonly kind: 'deferred';
  readonly name: string;
  readonly type: Column['type'];
  /** Builds the rows `from <= row < to`. They are valid until another column is built. */
  readonly slice: (from: number, to: number) => Column;
}

/** A column of a file. */
export type ParquetColumn = PlainColumn | DeferredColumn;
