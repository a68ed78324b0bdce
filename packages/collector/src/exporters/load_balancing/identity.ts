import { WireWriter } from '@otelier/otlp';
import { xxHash64 } from '@otelier/query/xxhash64';
import { readMap } from '../../ottl/values/codec.ts';
import { orderOfTexts } from '../../ottl/values/compare.ts';
import { isList, isMap, type Value, type ValueMap } from '../../ottl/values/value.ts';

const MASK = (1n << 64n) - 1n;
const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** Adds bytes to a 64-bit FNV-1a hash. Without a hash, a new one is begun. */
export function fnv1a(bytes: Uint8Array, hash: bigint = FNV_OFFSET): bigint {
  let next = hash;
  for (const byte of bytes) next = ((next ^ BigInt(byte)) * FNV_PRIME) & MASK;
  return next;
}

/** Returns the hash of attributes that identifies resources and streams in the Collector: 16 bytes, zero if there are none. */
export function hashAttributes(bytes: Uint8Array, start: number, end: number, field: number): Uint8Array {
  const hash = Buffer.alloc(16);
  const attributes = readMap(bytes, start, end, field);
  if (attributes.size === 0) return hash;
  const encoded: Uint8Array[] = [];
  encodeMap(attributes, encoded);
  const input = Buffer.concat(encoded);
  hash.writeBigUInt64LE(xxHash64(input));
  hash.writeBigUInt64LE(xxHash64(Buffer.concat([input, Uint8Array.of(EXTRA)])), 8);
  return hash;
}

const EXTRA = 0xf3;
const KEY = Uint8Array.of(0xf4);
const EMPTY = Uint8Array.of(0xf5);
const BYTES = Uint8Array.of(0xf6);
const STRING = Uint8Array.of(0xf7);
const TRUE = Uint8Array.of(0xf8);
const FALSE = Uint8Array.of(0xf9);
const INT = Uint8Array.of(0xfa);
const DOUBLE = Uint8Array.of(0xfb);
const MAP = [Uint8Array.of(0xfc), Uint8Array.of(0xfd)] as const;
const LIST = [Uint8Array.of(0xfe), Uint8Array.of(0xff)] as const;

function encodeMap(map: ValueMap, out: Uint8Array[]): void {
  for (const [key, value] of [...map].sort(([a], [b]) => orderOfTexts(a, b))) {
    out.push(KEY, ...prefixed(Buffer.from(key)));
    encodeValue(value, out);
  }
}

function encodeValue(value: Value, out: Uint8Array[]): void {
  switch (typeof value) {
    case 'string':
      out.push(STRING, ...prefixed(Buffer.from(value)));
      return;
    case 'boolean':
      out.push(value ? TRUE : FALSE);
      return;
    case 'bigint':
      out.push(
        INT,
        eightBytes((bytes) => bytes.writeBigInt64LE(value)),
      );
      return;
    case 'number':
      out.push(
        DOUBLE,
        eightBytes((bytes) => bytes.writeDoubleLE(value)),
      );
      return;
    default:
      encodeObject(value, out);
  }
}

function encodeObject(value: Value, out: Uint8Array[]): void {
  if (value instanceof Uint8Array) out.push(BYTES, ...prefixed(value));
  else if (isMap(value)) {
    out.push(MAP[0]);
    encodeMap(value, out);
    out.push(MAP[1]);
  } else if (isList(value)) {
    out.push(LIST[0]);
    for (const element of value) encodeValue(element, out);
    out.push(LIST[1]);
  } else out.push(EMPTY);
}

/** Bytes with their length as a varint, without which different attributes could have the same encoding. */
function prefixed(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  lengths.varint(bytes.length);
  return [lengths.finish(), bytes];
}

const lengths = new WireWriter(8);

function eightBytes(write: (bytes: Buffer) => void): Uint8Array {
  const bytes = Buffer.alloc(8);
  write(bytes);
  return bytes;
}
