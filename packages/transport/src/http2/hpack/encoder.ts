import { huffmanEncode, huffmanLength } from './huffman.ts';
import { DEFAULT_TABLE_BYTES, ENTRY_OVERHEAD_BYTES, STATIC_TABLE } from './static-table.ts';

/** Fields in the order of sending: pseudo-header fields first, names in lower case, one character a byte. */
export type FieldList = readonly (readonly [name: string, value: string])[];

/** Writes a block that needs no dynamic table, so it means the same on each connection at any time. */
export function encodeHeaderBlock(fields: FieldList): Uint8Array {
  const bytes: number[] = [];
  for (const [name, value] of fields) writeField(bytes, name, value);
  return Uint8Array.from(bytes);
}

/**
 * Writes the blocks of one direction of one connection, in the order of sending. Lists that come with each message are
 * put into the dynamic table once, then take a byte a field; the table is never overfilled, so nothing in it moves.
 */
export class HpackEncoder {
  #maxTableBytes = DEFAULT_TABLE_BYTES;
  #tableBytes = 0;
  /** How many fields had been inserted before, by field. */
  readonly #inserted = new Map<string, number>();
  /** Blocks of lists that have come before; an insertion moves all indices, so it empties this. */
  #blocks = new WeakMap<FieldList, Uint8Array>();
  #mustAnnounce = false;

  /** Takes over the peer's SETTINGS_HEADER_TABLE_SIZE; of more than 4,096 bytes no use is made. */
  setMaxTableBytes(maxBytes: number): void {
    const max = Math.min(maxBytes, DEFAULT_TABLE_BYTES);
    if (max === this.#maxTableBytes) return;
    this.#maxTableBytes = max;
    this.#mustAnnounce = true;
    this.#tableBytes = 0;
    this.#inserted.clear();
    this.#blocks = new WeakMap();
  }

  /** Encodes `lasting`, a list that will be given again (as the same object), and after it fields of this message alone. */
  encode(lasting: FieldList, passing: FieldList = []): Uint8Array {
    const block = this.#blocks.get(lasting) ?? this.#encodeLasting(lasting);
    return passing.length === 0 ? block : Buffer.concat([block, encodeHeaderBlock(passing)]);
  }

  #encodeLasting(fields: FieldList): Uint8Array {
    const bytes: number[] = [];
    const before = this.#inserted.size;
    const announces = this.#mustAnnounce;
    if (announces) {
      // Through zero, so that both tables are empty (RFC 7541, 4.2 and 4.3).
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

/** Indices of whole fields, and of names: of a name's several entries the first. */
const STATIC_INDEX = new Map(STATIC_TABLE.map(([name, value], index) => [keyOf(name, value), index + 1]));
const STATIC_NAME_INDEX = new Map(STATIC_TABLE.map(([name], index) => [name, index + 1] as const).toReversed());

/** No name has a colon behind its first character. */
function keyOf(name: string, value: string): string {
  return `${name}:${value}`;
}

/** Writes a field that the dynamic table has no part in. */
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

/** RFC 7541, 5.1. */
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
