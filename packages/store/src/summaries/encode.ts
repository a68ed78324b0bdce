import { crc32 } from 'node:zlib';
import { ByteWriter } from '../parquet/byte-writer.ts';
import type { ErrorCell } from './errors.ts';
import type { OperationCell } from './operations.ts';
import type { ServiceCell } from './services.ts';

/** Version of the format. Readers ignore summaries of other versions and read the rows instead. */
export const SUMMARY_VERSION = 1;

/** The records of log severities: the number of records of a service and severity level in a cell. */
export interface SeverityCell {
  readonly cell: number;
  readonly service: number;
  /** 0 is unspecified; 1 to 6 are trace to fatal. */
  readonly level: number;
  readonly count: number;
}

/** The items of a service with one name and level in a cell. */
export interface VolumeCell {
  readonly cell: number;
  readonly service: number;
  /** The name of a metric; 0, the empty string, for other signals, and if the file has too many names. */
  readonly name: number;
  /** The severity level of log records; 0 for other signals. */
  readonly level: number;
  readonly items: number;
  /** Size of the encoded items. */
  readonly bytes: number;
}

/** The contents of a summary. `undefined` means that the file had too many different values to list them. */
export interface Summary {
  readonly cellSeconds: number;
  /** Times that are numbers: names, versions and other texts are numbers of these strings. */
  readonly strings: readonly string[];
  readonly services: readonly ServiceCell[];
  readonly operations: readonly OperationCell[] | undefined;
  /** Whether operations and volumes have names. If not, all names are empty, and only services can be told apart. */
  readonly hasNames: boolean;
  readonly errors: readonly ErrorCell[] | undefined;
  readonly severities: readonly SeverityCell[] | undefined;
  readonly volumes: readonly VolumeCell[] | undefined;
}

/** Bits of the sections that a summary has. */
export const SECTIONS = { operations: 1, names: 2, errors: 4, severities: 8, volumes: 16 } as const;

/**
 * Encodes a summary: a CRC-32 of the rest (four bytes, little-endian), then numbers as unsigned LEB128 unless noted:
 *
 * ```
 * version, cell length in seconds, sections (bits), first cell
 * strings:    count, then length and UTF-8 bytes of each
 * services:   count, then cell, service, version + 1 or 0, items, serving (0 or 1), offset of the last item
 * operations: count, then cell, service, name, bits, count, sum (float64), min, max (signed), number of buckets,
 *             then for each bucket the distance from the previous one and its count
 * errors:     count, then cell, service, name, type, message, count, offsets of the first and last span, trace ID
 * severities: count, then cell, service, level, count
 * volumes:    count, then cell, service, name, level, items, bytes
 * ```
 *
 * Cells are relative to the first cell; services, names, types, messages and trace IDs are numbers of strings; offsets
 * are nanoseconds since the start of the cell.
 */
export function encodeSummary(summary: Summary): Uint8Array {
  const out = new ByteWriter(4096);
  const { strings, services, operations, errors, severities, volumes } = summary;
  const firstCell = services.reduce((min, { cell }) => Math.min(min, cell), Number.MAX_SAFE_INTEGER);
  const base = services.length === 0 ? 0 : firstCell;
  out.uint32(0);
  const sections = sectionsOf(summary);
  for (const number of [SUMMARY_VERSION, summary.cellSeconds, sections, base, strings.length]) out.varint(number);
  for (const text of strings) {
    const bytes = Buffer.from(text);
    out.varint(bytes.length);
    out.append(bytes);
  }
  out.varint(services.length);
  for (const { cell, service, version, items, serving, lastOffset } of services) {
    for (const number of [cell - base, service, version, items, serving ? 1 : 0, lastOffset]) out.varint(number);
  }
  if (operations !== undefined) writeOperations(out, operations, base);
  if (errors !== undefined) writeErrors(out, errors, base);
  writeRecords(out, severities, ({ cell, service, level, count }) => [cell - base, service, level, count]);
  writeRecords(out, volumes, (volume) => [
    volume.cell - base,
    volume.service,
    volume.name,
    volume.level,
    volume.items,
    volume.bytes,
  ]);
  const bytes = out.take();
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(0, crc32(bytes.subarray(4)), true);
  return bytes;
}

/** Returns the bits of a summary's sections. */
export function sectionsOf({ operations, hasNames, errors, severities, volumes }: Summary): number {
  return (
    (operations === undefined ? 0 : SECTIONS.operations) |
    (hasNames ? SECTIONS.names : 0) |
    (errors === undefined ? 0 : SECTIONS.errors) |
    (severities === undefined ? 0 : SECTIONS.severities) |
    (volumes === undefined ? 0 : SECTIONS.volumes)
  );
}

/** Writes the numbers of records, after how many there are. */
function writeRecords<T>(
  out: ByteWriter,
  records: readonly T[] | undefined,
  numbersOf: (record: T) => readonly number[],
): void {
  if (records === undefined) return;
  out.varint(records.length);
  for (const record of records) for (const number of numbersOf(record)) out.varint(number);
}

function writeOperations(out: ByteWriter, operations: readonly OperationCell[], base: number): void {
  out.varint(operations.length);
  for (const { cell, service, name, bits, count, sum, min, max, buckets } of operations) {
    for (const number of [cell - base, service, name, bits, count]) out.varint(number);
    out.reserve(8);
    out.dataView.setFloat64(out.length, sum, true);
    out.length += 8;
    for (const number of [signed(min), signed(max), buckets.length / 2]) out.varint(number);
    let previous = 0;
    for (let i = 0; i < buckets.length; i += 2) {
      const bucket = buckets[i] as number;
      out.varint(bucket - previous);
      out.varint(buckets[i + 1] as number);
      previous = bucket;
    }
  }
}

function writeErrors(out: ByteWriter, errors: readonly ErrorCell[], base: number): void {
  out.varint(errors.length);
  for (const { cell, service, name, type, message, count, firstOffset, lastOffset, traceId } of errors) {
    for (const number of [cell - base, service, name, type, message, count, firstOffset, lastOffset, traceId]) {
      out.varint(number);
    }
  }
}

/** The largest duration that a varint can encode after its sign, about 52 days. */
const LONGEST = 2 ** 52 - 1;

/** Returns a number as zigzag. */
function signed(value: number): number {
  const clamped = Math.max(-LONGEST, Math.min(LONGEST, value));
  return clamped < 0 ? -clamped * 2 - 1 : clamped * 2;
}
