import type { PlainColumn } from '../parquet/column.ts';
import { type AttributeType, attributeColumn } from '../schema.ts';
import type { RowList } from './selection.ts';
import type { ValueTests } from './value-tests.ts';

/** Consecutive rows that are scanned together: those of a row group, or pending ones. */
export interface RowBlock {
  readonly rows: number;
  /**
   * Returns a column by its name in files; `undefined` if the rows do not have it. With `only`, other rows may have any
   * value, also when the column is used again.
   */
  readonly column: (name: string, only?: RowList) => PlainColumn | undefined;
  /** Returns the number of bytes that reading a column takes in memory, not counting those that are there already. */
  readonly columnBytes: (name: string) => number;
  /**
   * Returns all rows whose text in a column satisfies a test, if that takes less time than reading the column; `undefined`
   * if not.
   */
  readonly rowsWith?: (name: string, test: ValueTests['text']) => RowList | undefined;
  /** The names of the columns of attributes. */
  readonly attributeColumns: readonly string[];
  /** Reports whether an attribute may be in the map of some row. */
  readonly mayBeInMap: (key: string) => boolean;
  /** Returns the trace of each row, of which `only` may be needed. */
  readonly traces: (only?: RowList) => BlockTraces;
}

/** The traces of a block's rows. */
export interface BlockTraces {
  /** The entry of each row, or 0 if it has no trace ID. */
  readonly refs: Uint32Array;
  /** Number of entries. */
  readonly count: number;
  /** Returns the ID of an entry in lowercase hex. */
  readonly idOf: (entry: number) => string;
}

/** Maximum number of keys in a footer, which lists the most frequent ones. A shorter list is complete. */
const LISTED_KEYS = 1000;

/** What is known about the attributes of some rows. */
export interface KnownAttributes {
  /** Names of the columns of attributes that have their own. */
  readonly promoted: readonly string[];
  /** Number of rows per `key#type` for the most frequent ones. */
  readonly keys: Readonly<Record<string, number>>;
}

/** Reports whether the list of attribute keys is complete. */
export function hasAllKeys({ keys }: KnownAttributes): boolean {
  return Object.keys(keys).length < LISTED_KEYS;
}

/** Reports whether some row may have an attribute in its map. */
export function mayBeInMap(known: KnownAttributes, key: string): boolean {
  const isListed = KEY_TYPES.some((type) => {
    return Object.hasOwn(known.keys, `${key}#${type}`) && !known.promoted.includes(attributeColumn(key, type));
  });
  return isListed || !hasAllKeys(known);
}

/** Attribute types in footers: those that can be promoted, and `w` for values that only wire bytes preserve. */
const KEY_TYPES: readonly (AttributeType | 'w')[] = ['s', 'i', 'd', 'b', 'w'];
