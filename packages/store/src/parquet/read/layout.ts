import type { FileBytes } from '../file-bytes.ts';
import { PHYSICAL } from '../format.ts';
import { readFooter } from '../read-metadata.ts';
import type { ThriftValue } from '../thrift-reader.ts';

/** The type of a column's values when rows are read. */
export type ValueType = 'text' | 'bytes' | 'id8' | 'int64' | 'int32' | 'uint32' | 'double' | 'bool';

/** The location of a column's values in a row group. */
export interface ChunkPlace {
  readonly offset: number;
  readonly bytes: number;
  readonly uncompressedBytes: number;
  readonly type: ValueType;
  readonly isCompressed: boolean;
  /** The minimum and maximum as encoded, if they are known. */
  readonly bounds: { readonly min: Uint8Array; readonly max: Uint8Array } | undefined;
  /** Pages, after the first read of the chunk. */
  pages?: readonly PagePlace[];
}

/** The location of a page's body in a file. */
export interface PagePlace {
  readonly offset: number;
  readonly bytes: number;
  readonly uncompressedBytes: number;
  readonly checksum: number | undefined;
  readonly isDictionary: boolean;
  /** Number of values, including nulls. */
  readonly values: number;
  readonly encoding: number;
}

/** A row group: its chunks by path, such as `name` and `attrs.key_value.key`. */
export interface GroupLayout {
  readonly rows: number;
  readonly chunks: ReadonlyMap<string, ChunkPlace>;
}

/** The footer of an open file, as far as reading rows needs it. Throws if it is damaged. */
export function readLayout(file: FileBytes, path: string): readonly GroupLayout[] {
  const { fields } = readFooter(file, path);
  const types = leafTypes(structs(fields.get(2)));
  return structs(fields.get(4)).map((group) => {
    const chunks = new Map<string, ChunkPlace>();
    structs(group.get(1)).forEach((column, index) => {
      const meta = column.get(3);
      const type = types[index];
      if (!(meta instanceof Map) || type === undefined) throw new Error(`${path}: unknown column ${index}`);
      chunks.set(pathOf(meta.get(3)), {
        offset: Number(meta.get(11) ?? meta.get(9)),
        bytes: Number(meta.get(7)),
        uncompressedBytes: Number(meta.get(6)),
        type,
        isCompressed: Number(meta.get(4)) !== 0,
        bounds: boundsOf(meta.get(12)),
      });
    });
    return { rows: Number(group.get(3) ?? 0), chunks };
  });
}

/** Returns the type of each leaf of a schema, in order; `undefined` for types that the store does not write. */
function leafTypes(schema: readonly ReadonlyMap<number, ThriftValue>[]): readonly (ValueType | undefined)[] {
  return schema.filter((element) => !element.has(5)).map(typeOf);
}

const UTF8 = 0;
const UINT32 = 13;

function typeOf(element: ReadonlyMap<number, ThriftValue>): ValueType | undefined {
  const converted = element.has(6) ? Number(element.get(6)) : undefined;
  switch (Number(element.get(1))) {
    case PHYSICAL.boolean:
      return 'bool';
    case PHYSICAL.int32:
      return converted === UINT32 ? 'uint32' : 'int32';
    case PHYSICAL.int64:
      return 'int64';
    case PHYSICAL.double:
      return 'double';
    case PHYSICAL.byteArray:
      return converted === UTF8 ? 'text' : 'bytes';
    case PHYSICAL.fixed:
      return Number(element.get(2)) === 8 ? 'id8' : undefined;
    default:
      return undefined;
  }
}

function boundsOf(statistics: ThriftValue | undefined): ChunkPlace['bounds'] {
  if (!(statistics instanceof Map)) return undefined;
  const [max, min] = [statistics.get(5), statistics.get(6)];
  // Copies, because views would keep the footer in memory.
  return min instanceof Uint8Array && max instanceof Uint8Array
    ? { min: Uint8Array.from(min), max: Uint8Array.from(max) }
    : undefined;
}

function pathOf(value: ThriftValue | undefined): string {
  return Array.isArray(value) ? value.map((name) => Buffer.from(name as Uint8Array).toString()).join('.') : '';
}

function structs(value: ThriftValue | undefined): readonly ReadonlyMap<number, ThriftValue>[] {
  return Array.isArray(value) ? value.filter((item) => item instanceof Map) : [];
}
