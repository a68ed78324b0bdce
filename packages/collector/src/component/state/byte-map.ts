/** Builds a `ByteMap` key from parts and hashes it incrementally. Reusable. */
export class KeyBytes {
  bytes: Uint8Array = new Uint8Array(256);
  length = 0;
  /** Hash of the bytes added so far, with a random initial value. */
  hash: number = START;

  clear(): this {
    this.length = 0;
    this.hash = START;
    return this;
  }

  /** Adds a byte. */
  addByte(byte: number): this {
    if (this.length === this.bytes.length) this.#grow(1);
    this.bytes[this.length++] = byte;
    this.hash = Math.imul(this.hash ^ (byte & 0xff), PRIME);
    return this;
  }

  /** Adds `[start, end)` of `bytes` with a length prefix, so that adjacent parts cannot be confused. */
  addRange(bytes: Uint8Array, start: number, end: number): this {
    let rest = end - start;
    for (; rest > 127; rest >>>= 7) this.addByte((rest & 127) | 128);
    this.addByte(rest);
    if (this.length + end - start > this.bytes.length) this.#grow(end - start);
    const target = this.bytes;
    let at = this.length;
    let hash = this.hash;
    let i = start;
    // Four bytes at a time: the multiplications depend on each other and dominate the cost.
    for (; i + 4 <= end; i += 4, at += 4) {
      const a = bytes[i];
      const b = bytes[i + 1];
      const c = bytes[i + 2];
      const d = bytes[i + 3];
      target[at] = a;
      target[at + 1] = b;
      target[at + 2] = c;
      target[at + 3] = d;
      hash = Math.imul(hash ^ (a | (b << 8) | (c << 16) | (d << 24)), PRIME);
      hash = (hash << 13) | (hash >>> 19);
    }
    for (; i < end; i++) {
      const byte = bytes[i];
      target[at++] = byte;
      hash = Math.imul(hash ^ byte, PRIME);
    }
    this.length = at;
    this.hash = hash;
    return this;
  }

  #grow(count: number): void {
    const grown = new Uint8Array(Math.max(this.length + count, 2 * this.bytes.length));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

/**
 * A cache keyed by byte strings, for lookups without decoding. Entries that would need many probes are not stored, so
 * that chosen keys cannot make lookups slow: callers must be able to recompute a missing value.
 */
export class ByteMap<V> {
  /** Entry index plus one, by hash; 0 marks a free slot. */
  #slots = new Int32Array(MIN_SLOTS);
  #keys: Uint8Array[] = [];
  #hashes: number[] = [];
  #values: V[] = [];

  /** Number of entries. */
  get size(): number {
    return this.#keys.length;
  }

  get(key: KeyBytes): V | undefined {
    const hash = spread(key.hash);
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let probe = 0, at = hash & mask; probe < MAX_PROBES; probe++, at = (at + 1) & mask) {
      const entry = slots[at] - 1;
      if (entry < 0) return undefined;
      if (this.#hashes[entry] === hash && this.#isKey(entry, key)) return this.#values[entry];
    }
    return undefined;
  }

  /** Adds a value for a key that is not in the map. */
  add(key: KeyBytes, value: V): void {
    if (2 * (this.size + 1) > this.#slots.length) this.#grow();
    const hash = spread(key.hash);
    if (!place(this.#slots, hash, this.size)) return;
    this.#keys.push(key.bytes.slice(0, key.length));
    this.#hashes.push(hash);
    this.#values.push(value);
  }

  clear(): void {
    if (this.size === 0) return;
    this.#slots = new Int32Array(MIN_SLOTS);
    this.#keys = [];
    this.#hashes = [];
    this.#values = [];
  }

  #isKey(entry: number, { bytes, length }: KeyBytes): boolean {
    const own = this.#keys[entry];
    if (own.length !== length) return false;
    for (let i = length - 1; i >= 0; i--) if (own[i] !== bytes[i]) return false;
    return true;
  }

  #grow(): void {
    this.#slots = new Int32Array(2 * this.#slots.length);
    // An entry without a slot has no effect and only costs its memory.
    for (let entry = 0; entry < this.size; entry++) place(this.#slots, this.#hashes[entry], entry);
  }
}

function place(slots: Int32Array, hash: number, entry: number): boolean {
  const mask = slots.length - 1;
  for (let probe = 0, at = hash & mask; probe < MAX_PROBES; probe++, at = (at + 1) & mask) {
    if (slots[at] !== 0) continue;
    slots[at] = entry + 1;
    return true;
  }
  return false;
}

/** Mixes the upper bits of a hash into the lower ones. */
function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d);
  return (mixed ^ (mixed >>> 13)) | 0;
}

const PRIME = 0x9e37_79b1;
/** Random, so that senders cannot choose colliding keys. */
const START: number = crypto.getRandomValues(new Int32Array(1))[0] ?? 0;
const MIN_SLOTS = 16;
const MAX_PROBES = 32;
