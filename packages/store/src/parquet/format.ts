/** Numeric constants of the Parquet format (parquet.thrift). */
export const PHYSICAL = { boolean: 0, int32: 1, int64: 2, double: 5, byteArray: 6, fixed: 7 } as const;
export const ENCODING = { plain: 0, rle: 3, delta: 5, dictionary: 8 } as const;
export const CODEC = { none: 0, zstd: 6 } as const;
export const PAGE = { data: 0, dictionary: 2 } as const;
export const REPETITION = { required: 0, optional: 1, repeated: 2 } as const;
export const CONVERTED = { utf8: 0, map: 1, uint32: 13 } as const;

/** Number of rows per page, small enough that reading one row decodes little. */
export const PAGE_ROWS = 20_000;
