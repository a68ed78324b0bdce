import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  type DuckDBDataChunk,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  type DuckDBValueConverter,
} from '@duckdb/node-api';
import { parseJson } from '../shared/json.ts';
import './text-decoder.ts';

/**
 * Converts values for internal statements: integers of 64 bits or more and TIMESTAMP_NS to `bigint`, blobs to
 * `Uint8Array`, lists to arrays, maps to `Map` with string keys, and null to `null`.
 */
export const convertRaw: DuckDBValueConverter<unknown> = (value, _type, _converter) => rawValue(value);

function rawValue(value: DuckDBValue): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos;
  if (value instanceof DuckDBBlobValue) return value.bytes;
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(rawValue);
  if (value instanceof DuckDBMapValue) {
    return new Map(value.entries.map((entry) => [String(entry.key), rawValue(entry.value)]));
  }
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([key, item]) => [key, rawValue(item)]));
  }
  return String(value);
}

/**
 * Converts values for users to JSON-compatible ones: integers beyond 2^53 to strings, times to ISO 8601 with
 * nanoseconds, JSON columns to parsed JSON, blobs to base64, and numbers that JSON cannot represent (infinities, NaN)
 * to strings.
 */
export const convertForUsers: DuckDBValueConverter<unknown> = (value, type, converter) => {
  if (value === null) return null;
  switch (typeof value) {
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'string':
      return type.alias === 'JSON' ? jsonForUsers(value) : value;
    case 'boolean':
      return value;
    default:
      return objectForUsers(value, type, converter);
  }
};

/** Parses a JSON column. `to_json` of a double can return `NaN`, which is not JSON and remains a string. */
function jsonForUsers(text: string): unknown {
  try {
    return parseJson(text, String);
  } catch {
    return text;
  }
}

function objectForUsers(
  value: Exclude<DuckDBValue, null | bigint | number | string | boolean>,
  type: DuckDBType,
  converter: DuckDBValueConverter<unknown>,
): unknown {
  const nanos = epochNanos(value);
  if (nanos !== undefined) return isoWithNanos(nanos);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    const itemType = type.typeId === DuckDBTypeId.LIST || type.typeId === DuckDBTypeId.ARRAY ? type.valueType : type;
    return value.items.map((item) => converter(item, itemType, converter));
  }
  if (value instanceof DuckDBStructValue && type.typeId === DuckDBTypeId.STRUCT) {
    return Object.fromEntries(
      Object.entries(value.entries).map(([name, item]) => [name, converter(item, type.typeForEntry(name), converter)]),
    );
  }
  if (value instanceof DuckDBMapValue && type.typeId === DuckDBTypeId.MAP) {
    return Object.fromEntries(
      value.entries.map(({ key, value: item }) => [String(key), converter(item, type.valueType, converter)]),
    );
  }
  return String(value);
}

/** Returns the nanoseconds since the epoch of a timestamp of any precision. */
export function epochNanos(value: object): bigint | undefined {
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.nanos;
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) return value.micros * 1000n;
  if (value instanceof DuckDBTimestampMillisecondsValue) return value.millis * 1_000_000n;
  if (value instanceof DuckDBTimestampSecondsValue) return value.seconds * 1_000_000_000n;
  return undefined;
}

const NANOS_PER_SECOND = 1_000_000_000n;
const LATEST_DATE_SECONDS = 8_640_000_000_000n;

/** Formats nanoseconds since the epoch as ISO 8601. */
export function isoWithNanos(nanos: bigint): string {
  const fraction = ((nanos % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND;
  const seconds = (nanos - fraction) / NANOS_PER_SECOND;
  // DuckDB's infinite timestamps, and years outside the range of JavaScript dates.
  if (seconds > LATEST_DATE_SECONDS || seconds < -LATEST_DATE_SECONDS) return nanos > 0n ? 'infinity' : '-infinity';
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
  return `${date}.${String(fraction).padStart(9, '0')}Z`;
}

/**
 * Appends a chunk's values to `columns` until their approximate size reaches `budgetBytes`, and returns that size. A
 * single chunk can contain gigabytes.
 */
export function appendChunk(
  columns: readonly unknown[][],
  types: readonly DuckDBType[],
  chunk: DuckDBDataChunk,
  rows: number,
  converter: DuckDBValueConverter<unknown>,
  budgetBytes: number,
): number {
  let bytes = 0;
  for (const [index, column] of columns.entries()) {
    const vector = chunk.getColumnVector(index);
    // The vector's own type does not mark JSON columns.
    const type = types[index] ?? vector.type;
    for (let row = 0; row < rows && bytes <= budgetBytes; row++) {
      const value = vector.getItem(row);
      bytes += sizeOf(value);
      column.push(converter(value, type, converter));
    }
  }
  return bytes;
}

/** Returns the approximate size of a value: strings and bytes by length, everything else 8. */
export function sizeOf(value: DuckDBValue): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof DuckDBBlobValue) return value.bytes.length;
  if (value instanceof DuckDBListValue) return value.items.reduce<number>((sum, item) => sum + sizeOf(item), 8);
  if (value instanceof DuckDBMapValue) {
    return value.entries.reduce((sum, entry) => sum + sizeOf(entry.key) + sizeOf(entry.value), 8);
  }
  return 8;
}
