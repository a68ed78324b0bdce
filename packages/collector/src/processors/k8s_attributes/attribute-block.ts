import {
  AttributeIndex,
  type AttributeValue,
  encodeKey,
  findField,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  Splices,
  sameBytes,
  WireWriter,
  writeAnyValue,
} from '@otelier/otlp';

/** Encoded attributes that are added to resources together. Immutable. */
export interface AttributeBlock {
  readonly keys: readonly Uint8Array[];
  /** The attributes as complete fields of a resource, one after the other. */
  readonly bytes: Uint8Array;
  /** Offsets after each attribute. */
  readonly ends: readonly number[];
}

/** The block without attributes. */
export const EMPTY_BLOCK: AttributeBlock = { keys: [], bytes: new Uint8Array(), ends: [] };

/** Sets of keys that are shared by the blocks that have them. */
const MAX_KEY_SETS = 10_000;

/** Encodes attributes. Blocks with the same keys share them. */
export class BlockEncoder {
  readonly #keySets = new Map<string, readonly Uint8Array[]>();
  readonly #writer = new WireWriter();

  /** Encodes attributes in their order. Those whose value is `undefined` are left out. */
  encode(attributes: Iterable<readonly [string, AttributeValue | undefined]>): AttributeBlock {
    const writer = this.#writer;
    const names: string[] = [];
    const ends: number[] = [];
    for (const [key, value] of attributes) {
      if (value === undefined) continue;
      names.push(key);
      writer.open(RESOURCE_FIELDS.attributes);
      writer.stringField(1, key);
      writer.open(2);
      writeAnyValue(writer, value);
      writer.close();
      writer.close();
      ends.push(writer.length);
    }
    return names.length === 0 ? EMPTY_BLOCK : { keys: this.#keysOf(names), bytes: writer.finish(), ends };
  }

  #keysOf(names: readonly string[]): readonly Uint8Array[] {
    const text = names.join('\n');
    const known = this.#keySets.get(text);
    if (known !== undefined) return known;
    if (this.#keySets.size >= MAX_KEY_SETS) this.#keySets.clear();
    const keys = names.map(encodeKey);
    this.#keySets.set(text, keys);
    return keys;
  }
}

/** Adds blocks to one resource after another. Attributes that a resource has stay, unless they are empty texts. */
export class BlockMerger {
  readonly #index = new AttributeIndex();
  readonly #splices = new Splices();
  readonly #decoder = new TextDecoder();
  #bytes: Uint8Array = EMPTY_BLOCK.bytes;
  #start = 0;
  #end = 0;
  #blocks: AttributeBlock[] = [];

  /** Begins with the resource `[start, end)`. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#blocks = [];
    this.#splices.clear();
    this.#index.read(bytes, start, end, RESOURCE_FIELDS.attributes);
  }

  /** Reports whether the resource has an attribute of any type. */
  has(key: Uint8Array): boolean {
    return this.#index.find(key, 0) >= 0;
  }

  /** Returns the text of an attribute; empty without one, and for other types. */
  text(key: Uint8Array): string {
    const range = this.#textRange(this.#index.find(key, 0));
    return range === undefined ? '' : this.#decoder.decode(this.#bytes.subarray(range.start, range.end));
  }

  /** Returns the encoded `AnyValue` of an attribute. */
  value(key: Uint8Array): Uint8Array | undefined {
    const at = this.#index.find(key, 0);
    if (at < 0) return undefined;
    const value = findField(this.#bytes, this.#index.entryStart(at), this.#index.end(at), 2);
    return value < 0
      ? undefined
      : this.#bytes.subarray(payloadStart(this.#bytes, value), payloadEnd(this.#bytes, value));
  }

  /** Adds the attributes of a block that neither the resource nor an earlier block has. */
  add(block: AttributeBlock | undefined): void {
    if (block === undefined || block === EMPTY_BLOCK) return;
    const { keys, bytes, ends } = block;
    let runStart = 0;
    let start = 0;
    for (let i = 0; i < keys.length; i++) {
      const end = ends[i];
      const at = this.#index.find(keys[i], 0);
      if (at >= 0 || this.#isAdded(keys[i])) {
        if (runStart < start) this.#splices.insert(this.#end, bytes.subarray(runStart, start));
        if (at >= 0 && this.#isEmptyText(at) && !this.#isAdded(keys[i]))
          this.#splices.replace(this.#index.start(at), this.#index.end(at), bytes.subarray(start, end));
        runStart = end;
      }
      start = end;
    }
    if (runStart < start) this.#splices.insert(this.#end, runStart === 0 ? bytes : bytes.subarray(runStart, start));
    this.#blocks.push(block);
  }

  /** Returns the changed resource, or `undefined` if nothing was added. */
  finish(): Uint8Array | undefined {
    return this.#splices.isEmpty ? undefined : this.#splices.apply(this.#bytes, this.#start, this.#end);
  }

  #isAdded(key: Uint8Array): boolean {
    for (const { keys } of this.#blocks)
      for (const other of keys)
        if (other === key || (other.length === key.length && sameBytes(other, 0, key))) return true;
    return false;
  }

  #isEmptyText(at: number): boolean {
    const range = this.#textRange(at);
    return range !== undefined && range.start === range.end;
  }

  /** Returns where the text of an attribute is; an attribute without a value is an empty text. */
  #textRange(at: number): { readonly start: number; readonly end: number } | undefined {
    if (at < 0) return undefined;
    const bytes = this.#bytes;
    const end = this.#index.end(at);
    const value = findField(bytes, this.#index.entryStart(at), end, 2);
    if (value < 0) return { start: end, end };
    const valueStart = payloadStart(bytes, value);
    const valueEnd = payloadEnd(bytes, value);
    if (valueStart === valueEnd) return { start: valueEnd, end: valueEnd };
    const text = findField(bytes, valueStart, valueEnd, 1);
    return text < 0 ? undefined : { start: payloadStart(bytes, text), end: payloadEnd(bytes, text) };
  }
}
