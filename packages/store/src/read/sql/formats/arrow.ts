import type { Cell, CellKind, CellSource, ResultColumn } from './cells.ts';
import { FlatBufferWriter, type TableField } from './flat-buffer.ts';

/** Number of rows per record batch. */
const ROWS = 16_384;
const VERSION_5 = 4;
const HEADER = { schema: 1, recordBatch: 3 } as const;
/** Members of the union of types in Arrow's `Schema.fbs`. */
const TYPE = { int: 2, double: 3, binary: 4, utf8: 5, bool: 6, timestamp: 10 } as const;
const DOUBLE_PRECISION = 2;
const NANOSECONDS = 3;

/** Encodes a result as an Arrow IPC stream: a schema, record batches, and the end mark. */
export async function encodeArrow(reader: CellSource): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [...message(HEADER.schema, schemaOf(reader.columns), [])];
  for (let group = await reader.read(ROWS); group !== undefined; group = await reader.read(ROWS)) {
    const { rows, cells } = group;
    const columns = reader.columns.map(({ kind }, index) => encodeColumn(kind, cells[index] ?? []));
    const buffers = columns.flatMap((column) => column.buffers);
    const nodes = columns.map(({ nullCount }) => [rows, nullCount] as const);
    pieces.push(...message(HEADER.recordBatch, recordBatchOf(rows, nodes, buffers), buffers));
  }
  pieces.push(END);
  return pieces;
}

const END = Buffer.from('ffffffff00000000', 'hex');
type WriteHeader = (flat: FlatBufferWriter) => number;

/** Encodes a message: its length, its metadata and its body, each a multiple of eight bytes. */
function message(headerType: number, writeHeader: WriteHeader, buffers: readonly Uint8Array[]): Uint8Array[] {
  const flat = new FlatBufferWriter();
  const header = writeHeader(flat);
  const bodyBytes = buffers.reduce((sum, { length }) => sum + padded(length), 0);
  const root = flat.table([int16(VERSION_5), int8(headerType), offset(header), { type: 'int64', value: bodyBytes }]);
  const metadata = flat.finish(root);
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32LE(0xffff_ffff, 0);
  prefix.writeUInt32LE(padded(metadata.length), 4);
  return [prefix, metadata, padding(metadata.length), ...buffers.flatMap((buffer) => [buffer, padding(buffer.length)])];
}

function schemaOf(columns: readonly ResultColumn[]): WriteHeader {
  return (flat) => {
    const fields = columns.map(({ name, kind }) => {
      const text = flat.text(name);
      const [type, table] = typeOf(flat, kind);
      const children = flat.offsets([]);
      return flat.table([offset(text), int8(1), int8(type), offset(table), undefined, offset(children)]);
    });
    return flat.table([int16(0), offset(flat.offsets(fields))]);
  };
}

function typeOf(flat: FlatBufferWriter, kind: CellKind): readonly [number, number] {
  switch (kind) {
    case 'int64':
      return [TYPE.int, flat.table([{ type: 'int32', value: 64 }, int8(1)])];
    case 'double':
      return [TYPE.double, flat.table([int16(DOUBLE_PRECISION)])];
    case 'bool':
      return [TYPE.bool, flat.table([])];
    case 'time':
      return [TYPE.timestamp, flat.table([int16(NANOSECONDS)])];
    case 'bytes':
      return [TYPE.binary, flat.table([])];
    case 'text':
      return [TYPE.utf8, flat.table([])];
  }
}

function recordBatchOf(
  rows: number,
  nodes: readonly (readonly [number, number])[],
  buffers: readonly Uint8Array[],
): WriteHeader {
  let at = 0;
  const places = buffers.map(({ length }) => {
    const place = [at, length] as const;
    at += padded(length);
    return place;
  });
  return (flat) => {
    const placed = flat.pairs(places);
    const counted = flat.pairs(nodes);
    return flat.table([{ type: 'int64', value: rows }, offset(counted), offset(placed)]);
  };
}

interface EncodedColumn {
  readonly nullCount: number;
  readonly buffers: readonly Uint8Array[];
}

function encodeColumn(kind: CellKind, cells: readonly Cell[]): EncodedColumn {
  let nullCount = 0;
  for (const cell of cells) if (cell === undefined) nullCount += 1;
  const validity = nullCount === 0 ? new Uint8Array() : bits(cells, (cell) => cell !== undefined);
  return { nullCount, buffers: [validity, ...valuesOf(kind, cells)] };
}

function valuesOf(kind: CellKind, cells: readonly Cell[]): readonly Uint8Array[] {
  switch (kind) {
    case 'bool':
      return [bits(cells, (cell) => cell === true)];
    case 'double':
      return [bytesOf(Float64Array.from(cells, (cell) => Number(cell ?? 0)))];
    case 'int64':
    case 'time':
      return [bytesOf(BigInt64Array.from(cells, (cell) => (typeof cell === 'bigint' ? cell : 0n)))];
    case 'text':
    case 'bytes': {
      const values = cells.map((cell) =>
        typeof cell === 'string' ? Buffer.from(cell) : cell instanceof Uint8Array ? cell : new Uint8Array(),
      );
      const offsets = new Int32Array(cells.length + 1);
      for (const [index, value] of values.entries()) offsets[index + 1] = (offsets[index] ?? 0) + value.length;
      return [bytesOf(offsets), Buffer.concat(values)];
    }
  }
}

function bits(cells: readonly Cell[], isSet: (cell: Cell) => boolean): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(cells.length / 8));
  for (const [index, cell] of cells.entries()) {
    if (isSet(cell)) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return bytes;
}

function bytesOf({ buffer }: Float64Array | BigInt64Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer);
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}

function padding(length: number): Uint8Array {
  return new Uint8Array(padded(length) - length);
}

function int8(value: number): TableField {
  return { type: 'int8', value };
}

function int16(value: number): TableField {
  return { type: 'int16', value };
}

function offset(value: number): TableField {
  return { type: 'offset', value };
}
