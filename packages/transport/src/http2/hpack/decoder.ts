import { BlockCache } from './block-cache.ts';
import { BlockReader } from './block-reader.ts';
import { DynamicTable } from './dynamic-table.ts';
import { type HeaderBlock, HeaderList } from './header-block.ts';
import { type HeaderField, headerField, type MessageKind } from './header-field.ts';
import { DEFAULT_TABLE_BYTES, STATIC_TABLE } from './static-table.ts';

/** Options for `HpackDecoder`. */
export interface HpackDecoderOptions {
  /** SETTINGS_HEADER_TABLE_SIZE as advertised to the peer. Defaults to 4,096, the initial value. */
  readonly maxTableBytes?: number;
  /** SETTINGS_MAX_HEADER_LIST_SIZE. A larger block is `too_large`. */
  readonly maxListBytes: number;
  /** Defaults to `request`. */
  readonly messages?: MessageKind;
}

/** Why a block could not be decoded. */
export type HpackError =
  /** The two tables are out of sync. The connection ends with COMPRESSION_ERROR. */
  | { readonly kind: 'broken'; readonly reason: string }
  /** The header list is too long. The tables are in sync, so only its stream is affected. */
  | { readonly kind: 'too_large'; readonly reason: string };

/** Decodes the header blocks of one direction of a connection (RFC 7541). Blocks must be complete and in order. */
export class HpackDecoder {
  readonly #maxTableBytes: number;
  readonly #maxListBytes: number;
  readonly #messages: MessageKind;
  readonly #staticFields: readonly HeaderField[];
  readonly #table: DynamicTable;
  readonly #cache = new BlockCache();

  constructor({ maxTableBytes = DEFAULT_TABLE_BYTES, maxListBytes, messages = 'request' }: HpackDecoderOptions) {
    this.#maxTableBytes = maxTableBytes;
    this.#maxListBytes = maxListBytes;
    this.#messages = messages;
    this.#staticFields = STATIC_FIELDS[messages];
    this.#table = new DynamicTable(maxTableBytes);
  }

  /** Decodes a block, `bytes[from, to)`. The bytes may be reused afterwards. */
  decode(bytes: Uint8Array, from = 0, to = bytes.length): HeaderBlock | HpackError {
    return this.#cache.find(bytes, from, to) ?? this.#decode(bytes.subarray(from, to));
  }

  #decode(bytes: Uint8Array): HeaderBlock | HpackError {
    const changes = this.#table.changes;
    const reader = new BlockReader(bytes);
    const list = new HeaderList(this.#maxListBytes);
    while (!reader.isDone) {
      const field = this.#read(reader, list.isEmpty);
      if (reader.error !== undefined) return { kind: 'broken', reason: reader.error };
      if (field !== undefined) list.add(field);
    }
    const isChanged = this.#table.changes !== changes;
    if (isChanged) this.#cache.clear();
    if (list.isTooLarge) {
      return {
        kind: 'too_large',
        reason: `expected at most ${this.#maxListBytes} bytes of headers, got ${list.sizeBytes}`,
      };
    }
    const block = list.end();
    if (!isChanged) this.#cache.keep(bytes, block);
    return block;
  }

  /** Reads a field representation or table size update (RFC 7541, 6). The latter yields no field. */
  #read(reader: BlockReader, isFirst: boolean): HeaderField | undefined {
    const pattern = reader.next;
    if (pattern >= 0x80) return this.#field(reader, reader.integer(7));
    if (pattern >= 0x40) {
      const field = this.#literal(reader, 6);
      if (reader.error === undefined) this.#table.insert(field);
      return field;
    }
    if (pattern < 0x20) return this.#literal(reader, 4);
    const maxBytes = reader.integer(5);
    if (!isFirst) reader.error ??= 'expected table size updates at the start of a block';
    if (maxBytes > this.#maxTableBytes) {
      reader.error ??= `expected a table of at most ${this.#maxTableBytes} bytes, got ${maxBytes}`;
    }
    if (reader.error === undefined) this.#table.resize(maxBytes);
    return undefined;
  }

  #literal(reader: BlockReader, prefixBits: number): HeaderField {
    const index = reader.integer(prefixBits);
    const name = index === 0 ? reader.string() : (this.#field(reader, index)?.name ?? '');
    return headerField(name, reader.string(), this.#messages);
  }

  #field(reader: BlockReader, index: number): HeaderField | undefined {
    const offset = index - 1 - this.#staticFields.length;
    if (index > 0 && offset < this.#table.length)
      return offset < 0 ? this.#staticFields[index - 1] : this.#table.at(offset);
    reader.error ??= `expected an index of a field, got ${index}`;
    return undefined;
  }
}

const STATIC_FIELDS: Readonly<Record<MessageKind, readonly HeaderField[]>> = {
  request: STATIC_TABLE.map(([name, value]) => headerField(name, value, 'request')),
  response: STATIC_TABLE.map(([name, value]) => headerField(name, value, 'response')),
};
