import { type AttributeValue, writeAnyValue } from '../views/any-value.ts';
import { AttributeIndex, findField, payloadEnd, payloadStart, sameBytes } from '../wire/find.ts';
import { WireWriter } from '../wire/writer.ts';
import { Splices } from './splices.ts';

const encoder = new TextEncoder();
const writer = new WireWriter(256);
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const EMPTY = new Uint8Array();

/** Encodes an attribute key as UTF-8, the form in which keys are compared. Encode a key once, not once per item. */
export function encodeKey(key: string): Uint8Array {
  return encoder.encode(key);
}

/** An encoded attribute. Create it once to set it on many items. */
export class EncodedAttribute {
  readonly key: Uint8Array;
  /** The encoded contents of its `KeyValue`. */
  readonly keyValue: Uint8Array;
  #field = 0;
  #fieldBytes: Uint8Array = EMPTY;

  private constructor(key: Uint8Array, keyValue: Uint8Array) {
    this.key = key;
    this.keyValue = keyValue;
  }

  /** Encodes a key and a value, the latter like `encodeAnyValue`. */
  static of(key: string, value: AttributeValue): EncodedAttribute {
    return EncodedAttribute.ofKey(encodeKey(key), value);
  }

  /** Encodes a value for a key that is already encoded. */
  static ofKey(key: Uint8Array, value: AttributeValue): EncodedAttribute {
    // An earlier value may have been impossible to write.
    writer.reset();
    writer.bytesField(1, key);
    writer.open(2);
    writeAnyValue(writer, value);
    writer.close();
    return new EncodedAttribute(key, writer.finish());
  }

  /**
   * Combines a key with the encoded contents of an `AnyValue`, `[start, end)` of `bytes`, such as another attribute's
   * value.
   */
  static ofRaw(key: Uint8Array, bytes: Uint8Array, start = 0, end: number = bytes.length): EncodedAttribute {
    writer.bytesField(1, key);
    writer.bytesField(2, bytes, start, end);
    return new EncodedAttribute(key, writer.finish());
  }

  /** Returns the attribute as a complete entry of the repeated field `attributesField`. */
  asField(attributesField: number): Uint8Array {
    if (this.#field !== attributesField) {
      writer.bytesField(attributesField, this.keyValue);
      this.#fieldBytes = writer.finish();
      this.#field = attributesField;
    }
    return this.#fieldBytes;
  }
}

/**
 * Changes the attributes of one message without decoding the others.
 *
 * Reads see earlier changes. `record` adds the changes to a `Splices`. One editor can be reused for many messages, one
 * after another (`reset`). A repeated key, which OTLP forbids, reads as its first value; changing or deleting it
 * affects all occurrences.
 */
export class AttributeEditor {
  #bytes: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;
  #field = 0;
  /** Offsets of the message's attributes and keys, filled on the first lookup. */
  readonly #index = new AttributeIndex();
  #isIndexed = false;
  /** The keys accessed so far. Entries beyond `#touchedCount` belong to earlier messages and are reused. */
  readonly #touched: Touched[] = [];
  #touchedCount = 0;

  /** Starts editing the message `[start, end)`, whose attributes are in its field `attributesField`. */
  reset(bytes: Uint8Array, start: number, end: number, attributesField: number): this {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#field = attributesField;
    this.#isIndexed = false;
    this.#touchedCount = 0;
    return this;
  }

  /** Reports whether the attribute exists. */
  has(key: Uint8Array): boolean {
    const { state } = this.#touch(key);
    return state === 'found' || state === 'set';
  }

  /**
   * Returns the range of the attribute's `AnyValue`, or `undefined` if there is no such attribute. Valid until the
   * attribute changes.
   */
  value(key: Uint8Array): ByteRange | undefined {
    const touched = this.#touch(key);
    if (touched.state === 'found') {
      return valueOfEntry(this.#bytes, this.#index.entryStart(touched.at), this.#index.end(touched.at));
    }
    const keyValue = touched.attribute?.keyValue;
    return keyValue === undefined ? undefined : valueOfEntry(keyValue, 0, keyValue.length);
  }

  /** Sets the attribute, at its current position if it exists, otherwise as the last one. */
  set(attribute: EncodedAttribute): void {
    const touched = this.#touch(attribute.key);
    touched.attribute = attribute;
    touched.state = 'set';
  }

  /** Deletes the attribute and reports whether it existed. */
  delete(key: Uint8Array): boolean {
    const touched = this.#touch(key);
    const was = touched.state === 'found' || touched.state === 'set';
    // An attribute that is not in the message needs no change.
    if (was) touched.state = touched.at < 0 ? 'missing' : 'deleted';
    touched.attribute = undefined;
    return was;
  }

  /** Returns the current keys, for matching them against a pattern: as strings, and as bytes for further calls. */
  keys(): { readonly name: string; readonly key: Uint8Array }[] {
    const keys: { name: string; key: Uint8Array }[] = [];
    const add = (key: Uint8Array): void => {
      if (this.has(key) && !keys.some((other) => equal(other.key, key))) keys.push({ name: decoder.decode(key), key });
    };
    this.#ensureIndex();
    for (let i = 0; i < this.#index.count; i++) add(this.#index.key(i));
    for (let i = 0; i < this.#touchedCount; i++) add((this.#touched[i] as Touched).key);
    return keys;
  }

  /** Records the changes and reports whether there are any. */
  record(splices: Splices): boolean {
    let changed = false;
    for (let i = 0; i < this.#touchedCount; i++) {
      const touched = this.#touched[i] as Touched;
      if (touched.attribute !== undefined || touched.state === 'deleted') {
        this.#recordOne(touched, splices);
        changed = true;
      }
    }
    return changed;
  }

  #recordOne({ key, at, attribute }: Touched, splices: Splices): void {
    const content = attribute?.asField(this.#field);
    if (at < 0) {
      if (content !== undefined) splices.insert(this.#end, content);
      return;
    }
    const index = this.#index;
    if (content === undefined) splices.remove(index.start(at), index.end(at));
    else splices.replace(index.start(at), index.end(at), content);
    for (let next = index.find(key, at + 1); next >= 0; next = index.find(key, next + 1)) {
      splices.remove(index.start(next), index.end(next));
    }
  }

  #touch(key: Uint8Array): Touched {
    for (let i = 0; i < this.#touchedCount; i++) {
      const touched = this.#touched[i] as Touched;
      if (touched.key === key || equal(touched.key, key)) return touched;
    }
    this.#ensureIndex();
    const touched = this.#free();
    touched.key = key;
    touched.attribute = undefined;
    touched.at = this.#index.find(key, 0);
    touched.state = touched.at < 0 ? 'missing' : 'found';
    return touched;
  }

  #ensureIndex(): void {
    if (this.#isIndexed) return;
    this.#index.read(this.#bytes, this.#start, this.#end, this.#field);
    this.#isIndexed = true;
  }

  #free(): Touched {
    const index = this.#touchedCount++;
    const existing = this.#touched[index];
    if (existing !== undefined) return existing;
    const made: Touched = { key: EMPTY, at: -1, attribute: undefined, state: 'missing' };
    this.#touched.push(made);
    return made;
  }
}

/** The contents of a message or value: `[start, end)` of `bytes`. */
export interface ByteRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A key that was read or changed. Mutable and reused to avoid an allocation per key and item. */
interface Touched {
  key: Uint8Array;
  /** Index of the attribute in the message, or -1. */
  at: number;
  /** The new attribute, if it has been set. */
  attribute: EncodedAttribute | undefined;
  state: 'found' | 'missing' | 'set' | 'deleted';
}

/**
 * Changes the attributes of the message `[start, end)` and returns its new contents, or `undefined` if nothing changed.
 * Intended for a single message: in a loop over items, reuse one editor and one `Splices` to avoid copies.
 */
export function editAttributes(
  { bytes, start, end }: ByteRange,
  attributesField: number,
  edit: (editor: AttributeEditor) => void,
): Uint8Array | undefined {
  const editor = new AttributeEditor().reset(bytes, start, end, attributesField);
  edit(editor);
  const splices = new Splices();
  return editor.record(splices) ? splices.apply(bytes, start, end) : undefined;
}

/** Returns the range of the value in the contents of a `KeyValue`, or an empty range if there is none. */
function valueOfEntry(bytes: Uint8Array, start: number, end: number): ByteRange {
  const value = findField(bytes, start, end, 2);
  if (value < 0) return { bytes, start: end, end };
  return { bytes, start: payloadStart(bytes, value), end: payloadEnd(bytes, value) };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && sameBytes(a, 0, b);
}
