import { AttributeEditor, EncodedAttribute, encodeKey } from '../edit/attribute-editor.ts';
import { FoundAttribute, findAttribute, forEachPayload } from '../wire/find.ts';
import { type AttributeValue, readAnyValue, readEntries } from './any-value.ts';
import type { MessageView } from './message-view.ts';

/**
 * The attributes of a view. Looking for a key compares bytes and decodes only the value that is asked for. Of a key
 * that stands twice, which OTLP forbids, the first value counts; setting or deleting it affects all.
 */
export class AttributesView implements Iterable<readonly [string, AttributeValue]> {
  readonly #owner: MessageView;
  readonly #field: number;

  /** The list that is field `field` of its owner. */
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

  /** The value of an attribute; `undefined` when it is not there or empty, which `has` tells apart. */
  get(key: string): AttributeValue {
    if (!this.#find(key)) return undefined;
    return readAnyValue(this.#owner.bytes, found.valueStart, found.valueEnd);
  }

  /** Whether the attribute is there. */
  has(key: string): boolean {
    return this.#find(key);
  }

  /** Sets an attribute, in its old place if it has one, otherwise as the last. Values become what `encodeAnyValue` says. */
  set(key: string, value: AttributeValue): this {
    this.#edit(() => editor.set(EncodedAttribute.ofKey(keyBytes(key), value)));
    return this;
  }

  /** Deletes an attribute; tells whether it was there. */
  delete(key: string): boolean {
    if (!this.#find(key)) return false;
    this.#edit(() => editor.delete(keyBytes(key)));
    return true;
  }

  /** Keys and values in their order, decoded at once. */
  entries(): (readonly [string, AttributeValue])[] {
    const { bytes, start, end } = this.#owner;
    return readEntries(bytes, start, end, this.#field);
  }

  [Symbol.iterator](): Iterator<readonly [string, AttributeValue]> {
    return this.entries()[Symbol.iterator]();
  }

  /** A plain object with all attributes. */
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

/** Functions over items ask for the same few keys again and again, as literals. */
function keyBytes(key: string): Uint8Array {
  let bytes = encodedKeys.get(key);
  if (bytes === undefined) {
    bytes = encodeKey(key);
    // Keys made up at run time must not fill the memory.
    if (encodedKeys.size < MAX_ENCODED_KEYS) encodedKeys.set(key, bytes);
  }
  return bytes;
}

const MAX_ENCODED_KEYS = 1000;
const encodedKeys = new Map<string, Uint8Array>();
const found = new FoundAttribute();
const editor = new AttributeEditor();
