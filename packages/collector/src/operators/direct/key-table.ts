import { LOG_RECORD_FIELDS, varintSize, WireType } from '@otelier/otlp';

/** The key of an attribute. */
export interface Key {
  readonly name: string;
  /** The key as it is in texts that are parsed. */
  readonly text: Uint8Array;
  /** The field `key` of an attribute, encoded. */
  readonly field: Uint8Array;
  /** Number of the record that has an attribute with this key, and the position of the attribute in it. */
  record: number;
  slot: number;
  /** Whether records have the attribute from elsewhere. */
  readonly isReserved: boolean;
}

/** The tag of an attribute of a log record. */
export const ATTRIBUTE_TAG: number = LOG_RECORD_FIELDS.attributes * 8 + WireType.lengthDelimited;
const KEY_TAG = 8 + WireType.lengthDelimited;
/** Number of keys that are remembered, so that keys without end do not fill the memory. */
const MAX_KEYS = 1000;

/** Remembers the keys of attributes, which most records share. */
export class KeyTable {
  /** Keys that operators refer to. */
  readonly #named = new Map<string, Key>();
  #keys = new Map<string, Key>();
  /** The keys of the last records by their position. */
  readonly #expected: (Key | undefined)[] = [];

  /** `reserved` are the attributes that records have from elsewhere. */
  constructor(reserved: readonly string[]) {
    for (const name of reserved) this.#named.set(name, createKey(name, true));
  }

  /** Returns a key that stays the same one. */
  named(name: string): Key {
    const known = this.#named.get(name) ?? createKey(name);
    this.#named.set(name, known);
    return known;
  }

  /** Returns the key in `[start, end)` of bytes, which is the `position`-th of the record. */
  find(bytes: Buffer, start: number, end: number, position: number): Key {
    const expected = this.#expected[position];
    if (expected !== undefined && equals(expected.text, bytes, start, end)) return expected;
    const found = this.#find(bytes.toString('utf8', start, end));
    this.#expected[position] = found;
    return found;
  }

  #find(name: string): Key {
    const known = this.#named.get(name) ?? this.#keys.get(name);
    if (known !== undefined) return known;
    if (this.#keys.size >= MAX_KEYS) this.#keys = new Map();
    const key = createKey(name);
    this.#keys.set(name, key);
    return key;
  }
}

function createKey(name: string, isReserved = false): Key {
  const text = Buffer.from(name);
  const length = Buffer.alloc(varintSize(text.length));
  putVarint(length, 0, text.length);
  return { name, text, field: Buffer.concat([Buffer.of(KEY_TAG), length, text]), record: -1, slot: 0, isReserved };
}

/** Reports whether `[start, end)` of bytes is a text. */
export function equals(text: Uint8Array, bytes: Buffer, start: number, end: number): boolean {
  const { length } = text;
  if (length !== end - start) return false;
  for (let index = 0; index < length; index++) if (text[index] !== bytes[start + index]) return false;
  return true;
}

/** Writes a non-negative integer of 31 bits and returns the position after it. */
export function putVarint(target: Uint8Array, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  while (rest > 127) {
    target[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
}
