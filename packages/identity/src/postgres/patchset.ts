/** A value of SQLite in a patchset. `undefined` means that an update does not change it. */
export type PatchValue = bigint | number | string | Uint8Array | null | undefined;

/** A row that a patchset inserts, updates or deletes. */
export interface PatchRow {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly table: string;
  /** Values by the position of their column. Those of the primary key identify the row; a deletion has no others. */
  readonly values: readonly PatchValue[];
  /** Whether a column belongs to the primary key, by its position. */
  readonly isKey: readonly boolean[];
}

const KINDS: Readonly<Record<number, PatchRow['kind']>> = { 9: 'delete', 18: 'insert', 23: 'update' };
const TABLE = 'P'.charCodeAt(0);

/**
 * Parses a patchset of SQLite's session extension: for each table, a header (`P`, number of columns, key flags, name) and its rows
 * (operation, flag, record), as sqlite3session.c documents it.
 */
export function parsePatchset(bytes: Uint8Array): readonly PatchRow[] {
  const reader = new Reader(bytes);
  const rows: PatchRow[] = [];
  let [table, isKey]: [string, readonly boolean[]] = ['', []];
  while (!reader.isAtEnd) {
    const first = reader.byte();
    if (first === TABLE) {
      const flags = reader.take(reader.varint());
      isKey = Array.from(flags, (flag) => flag !== 0);
      table = reader.name();
      continue;
    }
    const kind = KINDS[first];
    if (kind === undefined) throw new Error(`patchset: expected an operation, got ${first}`);
    reader.byte();
    // A deletion contains only the values of the key.
    const values = isKey.map((isPart) => (kind === 'delete' && !isPart ? undefined : reader.value()));
    rows.push({ kind, table, values, isKey });
  }
  return rows;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes.readUInt8(this.#at);
    this.#at += 1;
    return byte;
  }

  take(length: number): Buffer {
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    if (taken.length < length) throw new Error(`patchset: expected ${length} bytes, got ${taken.length}`);
    this.#at += length;
    return taken;
  }

  /** Reads a varint of SQLite: seven bits in each byte, the highest first. Lengths have at most five. */
  varint(): number {
    let value = 0;
    for (let count = 0; count < 5; count += 1) {
      const byte = this.byte();
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    throw new Error('patchset: expected a length of at most five bytes');
  }

  name(): string {
    const text = this.take(this.#bytes.indexOf(0, this.#at) - this.#at).toString('utf8');
    this.byte();
    return text;
  }

  value(): PatchValue {
    const type = this.byte();
    switch (type) {
      case 0:
        return undefined;
      case 1:
        return this.take(8).readBigInt64BE();
      case 2:
        return this.take(8).readDoubleBE();
      case 3:
        return this.take(this.varint()).toString('utf8');
      case 4:
        return Buffer.from(this.take(this.varint()));
      case 5:
        return null;
      default:
        throw new Error(`patchset: expected a type of a value, got ${type}`);
    }
  }
}
