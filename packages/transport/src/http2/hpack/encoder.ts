import { huffmanEncode, huffmanLength } from './huffman.ts';
import { DEFAULT_TABLE_BYTES, ENTRY_OVERHEAD_BYTES, STATIC_TABLE } from './static-table.ts';

/** Fields in sending order: pseudo-header fields first, names in lower case, one character per byte. */
export type FieldList = readonly (readonly [name: string, value: string])[];

/** Encodes a block without the dynamic table, so that it is valid on any connection at any time. */
export function encodeHeaderBlock(fields: FieldList): Uint8Array {
  const bytes: number[] = [];
  for (const [name, value] of fields) writeField(bytes, name, value);
  return Uint8Array.from(bytes);
}

/**
 * Encodes the blocks of one direction of a connection, in sending order. Repeated lists are inserted into the dynamic
 * table once and then take one byte per field. The table is never overfilled, so no entry is evicted.
 */
export class HpackEncoder {
  #maxTableBytes = DEFAULT_TABLE_BYTES;
  #tableBytes = 0;
  /** Number of fields inserted before each field. */
  readonly #inserted = new Map<string, number>();
  /** Encoded blocks of repeated lists. An insertion shifts all indices, so it clears this map. */
  #blocks = new WeakMap<FieldList, Uint8Array>();
  #mustAnnounce = false;

  /** Applies the peer's SETTINGS_HEADER_TABLE_SIZE. At most 4,096 bytes are used. */
  setMaxTableBytes(maxBytes: number): void {
    const max = Math.min(maxBytes, DEFAULT_TABLE_BYTES);
    if (max === this.#maxTableBytes) return;
    this.#maxTableBytes = max;
    this.#mustAnnounce = true;
    this.#tableBytes = 0;
    this.#inserted.clear();
    this.#blocks = new WeakMap();
  }

  /**
   * Encodes `repeated`, a list that is passed as the same object each time, followed by the fields specific to this
   * message.
   */
  encode(repeated: FieldList, extra: FieldList = []): Uint8Array {
    const block = this.#blocks.get(repeated) ?? this.#encodeRepeated(repeated);
    return extra.length === 0 ? block : Buffer.concat([block, encodeHeaderBlock(extra)]);
  }

  #encodeRepeated(fields: FieldList): Uint8Array {
    const bytes: number[] = [];
    const before = this.#inserted.size;
    const announces = this.#mustAnnounce;
    if (announces) {
      // Resizing to zero first empties both tables (RFC 7541, 4.2 and 4.3).
      writeInteger(bytes, 0x20, 5, 0);
      writeInteger(bytes, 0x20, 5, this.#maxTableBytes);
      this.#mustAnnounce = false;
    }
    for (const [name, value] of fields) this.#write(bytes, name, value);
    const block = Uint8Array.from(bytes);
    if (this.#inserted.size > before) this.#blocks = new WeakMap();
    else if (!announces) this.#blocks.set(fields, block);
    return block;
  }

  #write(bytes: number[], name: string, value: string): void {
    const key = keyOf(name, value);
    const sequence = this.#inserted.get(key);
    const sizeBytes = name.length + value.length + ENTRY_OVERHEAD_BYTES;
    if (sequence !== undefined) {
      writeInteger(bytes, 0x80, 7, STATIC_TABLE.length + this.#inserted.size - sequence);
    } else if (STATIC_INDEX.has(key) || this.#tableBytes + sizeBytes > this.#maxTableBytes) {
      writeField(bytes, name, value);
    } else {
      writeLiteral(bytes, 0x40, 6, name, value);
      this.#inserted.set(key, this.#inserted.size);
      this.#tableBytes += sizeBytes;
    }
  }
}

/** Indices of complete fields and of names. A name with several entries has the index of the first. */
const STATIC_INDEX = new Map(STATIC_TABLE.map(([name, value], index) => [keyOf(name, value), index + 1]));
const STATIC_NAME_INDEX = new Map(STATIC_TABLE.map(([name], index) => [name, index + 1] as const).toReversed());

/** Unambiguous, because a name has no colon after its first character. */
function keyOf(name: string, value: string): string {
  return `${name}:${value}`;
}

/** Writes a field without the dynamic table. */
function writeField(bytes: number[], name: string, value: string): void {
  const index = STATIC_INDEX.get(keyOf(name, value));
  if (index === undefined) writeLiteral(bytes, 0, 4, name, value);
  else writeInteger(bytes, 0x80, 7, index);
}

function writeLiteral(bytes: number[], pattern: number, prefixBits: number, name: string, value: string): void {
  const index = STATIC_NAME_INDEX.get(name) ?? 0;
  writeInteger(bytes, pattern, prefixBits, index);
  if (index === 0) writeString(bytes, name);
  writeString(bytes, value);
}

function writeString(bytes: number[], text: string): void {
  const plain = Buffer.from(text, 'latin1');
  const isShorter = huffmanLength(plain) < plain.length;
  const coded = isShorter ? huffmanEncode(plain) : plain;
  writeInteger(bytes, isShorter ? 0x80 : 0, 7, coded.length);
  for (const byte of coded) bytes.push(byte);
}

/** Writes an integer with a prefix of `prefixBits` bits (RFC 7541, 5.1). */
function writeInteger(bytes: number[], pattern: number, prefixBits: number, value: number): void {
  const mask = (1 << prefixBits) - 1;
  if (value < mask) {
    bytes.push(pattern | value);
    return;
  }
  bytes.push(pattern | mask);
  let rest = value - mask;
  for (; rest >= 0x80; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
}
