/** Maximum number of items that the kernel reads at a time. */
export const ROWS = 1024;
/** Maximum number of columns: those of fields first, then those of attributes. */
export const COLUMNS = 96;
/** Maximum size of a request, in bytes. */
export const INPUT_BYTES = 4 << 20;
/** Maximum number of attributes of all shapes of items in a request. */
export const STEPS = 512;
/** Maximum number of values in a request's dictionary. */
export const ENTRIES = 8192;
/** Number of slots of the dictionary's hash table. */
export const SLOTS = ENTRIES * 2;

/** How the kernel reads a field. Fields of other kinds, and unexpected values, are left to the builder. */
export const FIELD = {
  other: 0,
  attribute: 1,
  /** A fixed64 that is neither 0 nor beyond the range of times. */
  time: 2,
  fixed64: 3,
  /** A double, except NaN. */
  double: 4,
  /** Bytes of length 8. */
  id: 5,
  /** A number below 128. */
  small: 6,
  /** ASCII text. */
  text: 7,
  /** An AnyValue that is ASCII text. */
  anyText: 8,
  /** Bytes that often equal those of the previous item. */
  bytes: 9,
  /** A Status: the code goes to the column, the message to the next one. */
  status: 10,
  fixed32: 11,
  /** A fixed32 whose tag is two bytes, the second of which is 1. */
  wideFixed32: 12,
} as const;

/** Offsets in a column's memory: 64-bit values (or 32-bit entries of text columns), then a byte per row with a value. */
export const PRESENT = ROWS * 8;
export const COLUMN_BYTES = ROWS * 9;

/**
 * Fields of a step, which is an attribute of items of a shape: the next attribute, as predicted and as a list, the last
 * KeyValue, its value, and where values go.
 */
export const STEP = {
  predicted: 0,
  firstChild: 4,
  sibling: 8,
  at: 12,
  length: 16,
  valueOffset: 20,
  type: 24,
  column: 28,
  node: 32,
  count: 36,
  entry: 40,
  hash: 48,
  value: 56,
  size: 64,
} as const;

/** Fields of a dictionary entry. `key` is its hash; `bytes` are those of a short value; `hash` is that of the attribute. */
export const ENTRY = { at: 0, length: 4, column: 8, key: 12, bytes: 16, hash: 32, isHashed: 40, size: 48 } as const;

let end = 1024;
function region(size: number): number {
  const start = end;
  end += (size + 63) & ~63;
  return start;
}

/** For each length up to 16, a vector with as many ones. */
export const MASKS = region(17 * 16);
/** Kind and column of each field by tag byte. */
export const FIELDS = region(256 * 4);
/** Start and end of each item. */
export const RANGES = region(ROWS * 8);
/** Last step of each item, 0 if it is left to the builder. */
export const NODES = region(ROWS * 4);
/** Sum of the hashes of each item's attributes. */
export const HASHES = region(ROWS * 8);
/** Number of rows with a value in each column. */
export const COUNTS = region(COLUMNS * 4);
/** The last entry in each column of bytes. */
export const LAST = region(COLUMNS * 4);
export const STEP_TABLE = region(STEPS * STEP.size);
export const ENTRY_TABLE = region((ENTRIES + 1) * ENTRY.size);
export const SLOT_TABLE = region(SLOTS * 4);
export const COLUMN_TABLE = region(COLUMNS * COLUMN_BYTES);
/** Number of entries, generation of the hash table, and step and KeyValue at which an item stopped. */
export const ENTRY_COUNT = region(4);
export const GENERATION = region(4);
export const STOPPED_STEP = region(4);
export const STOPPED_FROM = region(4);
export const STOPPED_TO = region(4);
export const INPUT = region(INPUT_BYTES + 64);
export const MEMORY_PAGES = Math.ceil(end / 65_536);
