import { AttributeEditor, EncodedAttribute, encodeKey } from '../edit/attribute-editor.ts';
import { FoundAttribute, findAttribute, forEachPayload } from '../wire/find.ts';
import { type AttributeValue, readAnyValue, readEntries } from './any-value.ts';
import type { MessageView } from './message-view.ts';

/**
 * The attributes of a view. A lookup compares bytes and decodes only the requested value. The first value of a repeated
 * key, which OTLP forbids, takes precedence; setting or deleting the key affects all occurrences.
 */
export class AttributesView implements Iterable<readonly [string, AttributeValue]> {
  readonly #owner: MessageView;
  readonly #field: number;

  /** Creates a view of the attributes in field `field` of its owner. */
  constructor(owner: MessageView, field: number) {
    this.#owner = owner;
    this.#field = field;
  }

  /** Number of attributes. */
  get size(): number {
    const { bytes, start, end } = this.#owner;
    let size = 0;
    forEachPayload(bytes, start, end, this.#field, () => {
      size++;
    });
    return size;
  }

  /** Returns the value of an attribute, or `undefined` if it is missing or empty. Use `has` to distinguish the two. */
  get(key: string): AttributeValue {
    if (!this.#find(key)) return undefined;
    return readAnyValue(this.#owner.bytes, found.valueStart, found.valueEnd);
  }

  /** Reports whether the attribute exists. */
  has(key: string): boolean {
    return this.#find(key);
  }

  /**
   * Sets an attribute, at its current position if it exists, otherwise as the last one. Values are encoded by
   * `encodeAnyValue`.
   */
  set(key: string, value: AttributeValue): this {
    this.#edit(() => editor.set(EncodedAttribute.ofKey(keyBytes(key), value)));
    return this;
  }

  /** Deletes an attribute and reports whether it existed. */
  delete(key: string): boolean {
    if (!this.#find(key)) return false;
    this.#edit(() => editor.delete(keyBytes(key)));
    return true;
  }

  /** Returns the decoded keys and values in order. */
  entries(): (readonly [string, AttributeValue])[] {
    const { bytes, start, end } = this.#owner;
    return readEntries(bytes, start, end, this.#field);
  }

  [Symbol.iterator](): Iterator<readonly [string, AttributeValue]> {
    return this.entries()[Symbol.iterator]();
  }

  /** Returns all attributes as a plain object. */
  toObject(): Record<string, AttributeValue> {
    return Object.fromEntries(this.entries());
  }

  #find(key: string): boolean {
    const { bytes, start, end } = this.#owner;
    return findAttribute(bytes, start, end, this.#field, keyBytes(key), found);
  }

  #edit(edit: () => void): void {
    const owner = this.#owner;
    owner.edit((splices) => {
      editor.reset(owner.bytes, owner.start, owner.end, this.#field);
      edit();
      editor.record(splices);
    });
  }
}

/** Caches encoded keys, because functions over items use the same few literal keys repeatedly. */
function keyBytes(key: string): Uint8Array {
  let bytes = encodedKeys.get(key);
  if (bytes === undefined) {
    bytes = encodeKey(key);
    // Keys generated at run time must not exhaust memory.
    if (encodedKeys.size < MAX_ENCODED_KEYS) encodedKeys.set(key, bytes);
  }
  return bytes;
}

const MAX_ENCODED_KEYS = 1000;
const encodedKeys = new Map<string, Uint8Array>();
const found = new FoundAttribute();
const editor = new AttributeEditor();
