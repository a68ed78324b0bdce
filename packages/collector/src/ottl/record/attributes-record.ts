import {
  AttributeEditor,
  type AttributePlan,
  EncodedAttribute,
  FoundAttribute,
  findAttribute,
  forEachPayload,
  type Splices,
  viewOf,
} from '@otelier/otlp';
import { encodeMap, encodeValue, readMap, readValue } from '../values/codec.ts';
import type { Value, ValueMap } from '../values/value.ts';

/** The encoded message that contains the attributes. */
interface Message {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * The attributes of a message. Individual keys are read and changed in encoded form. The whole map is decoded only when
 * a statement needs it, and re-encoded only if it has been changed.
 */
export class AttributesRecord {
  readonly #message: Message;
  readonly #editor = new AttributeEditor();
  #state: 'unchanged' | 'planned' | 'edited' | 'decoded' = 'unchanged';
  #plan: AttributePlan | undefined;
  #view: DataView = NO_VIEW;
  #viewed: Uint8Array = NO_BYTES;
  #field = 0;
  #map: ValueMap = new Map();
  #isMapChanged = false;

  constructor(message: Message) {
    this.#message = message;
  }

  /** Discards all changes. */
  clear(): void {
    this.#state = 'unchanged';
    this.#isMapChanged = false;
  }

  get isChanged(): boolean {
    return this.#state === 'edited' || this.#state === 'planned' || this.#isMapChanged;
  }

  /** Whether the encoded message reflects the current attributes. */
  get isEncoded(): boolean {
    return this.#state === 'unchanged';
  }

  /**
   * Makes all changes of a plan, in one walk if nothing reads the attributes afterwards. Returns `false` if there are
   * changes already, which the plan must see.
   */
  change(field: number, plan: AttributePlan): boolean {
    if (this.#state !== 'unchanged') return false;
    this.#plan = plan;
    this.#field = field;
    this.#state = 'planned';
    return true;
  }

  /** Returns the value of an attribute, or `undefined` if it is missing or empty. */
  get(field: number, name: string, key: Uint8Array): Value {
    if (this.#state === 'planned') this.#edit(field);
    const { bytes, start, end } = this.#message;
    switch (this.#state) {
      case 'unchanged':
        return findAttribute(bytes, start, end, field, key, found)
          ? readValue(bytes, found.valueStart, found.valueEnd)
          : undefined;
      case 'planned':
      case 'edited': {
        const range = this.#editor.value(key);
        return range === undefined ? undefined : readValue(range.bytes, range.start, range.end);
      }
      case 'decoded':
        return this.#map.get(name);
    }
  }

  /** Reports whether an attribute exists, even if its value is empty. */
  has(field: number, name: string, key: Uint8Array): boolean {
    if (this.#state === 'planned') this.#edit(field);
    const { bytes, start, end } = this.#message;
    if (this.#state === 'decoded') return this.#map.has(name);
    if (this.#state === 'edited') return this.#editor.keys().some((entry) => entry.name === name);
    return findAttribute(bytes, start, end, field, key, found);
  }

  /** Sets an attribute. The value must not be modified afterwards. */
  set(field: number, name: string, key: Uint8Array, value: Value): void {
    if (this.#state === 'decoded') {
      this.#map.set(name, value);
      this.#isMapChanged = true;
    } else {
      this.setEncoded(field, EncodedAttribute.ofRaw(key, encodeValue(value)));
    }
  }

  /** Sets an already encoded attribute, unless the map is decoded. Returns whether it was set. */
  setEncoded(field: number, attribute: EncodedAttribute): boolean {
    if (this.#state === 'decoded') return false;
    this.#edit(field).set(attribute);
    return true;
  }

  /** Deletes an attribute. */
  delete(field: number, name: string, key: Uint8Array): void {
    if (this.#state === 'decoded') {
      if (this.#map.delete(name)) this.#isMapChanged = true;
      return;
    }
    const { bytes, start, end } = this.#message;
    if (this.#state !== 'unchanged' || findAttribute(bytes, start, end, field, key, found))
      this.#edit(field).delete(key);
  }

  /** Returns all attributes as a map. Callers that modify it must call `changed`. */
  all(field: number): ValueMap {
    if (this.#state === 'planned') this.#edit(field);
    if (this.#state === 'unchanged') {
      this.#map = readMap(this.#message.bytes, this.#message.start, this.#message.end, field);
    } else if (this.#state === 'edited') {
      this.#map = new Map();
      for (const { name, key } of this.#editor.keys()) {
        const range = this.#editor.value(key);
        this.#map.set(name, range === undefined ? undefined : readValue(range.bytes, range.start, range.end));
      }
      this.#isMapChanged = true;
    }
    this.#field = field;
    this.#state = 'decoded';
    return this.#map;
  }

  /** Replaces all attributes. The map must not be modified afterwards. */
  replace(field: number, map: ValueMap): void {
    this.#field = field;
    this.#map = map;
    this.#state = 'decoded';
    this.#isMapChanged = true;
  }

  /** Marks the map returned by `all` as changed. */
  changed(): void {
    this.#isMapChanged = true;
  }

  /** Adds the changes to `splices`. */
  record(splices: Splices): void {
    if (this.#state === 'planned') this.#recordPlan(splices);
    if (this.#state === 'edited') this.#editor.record(splices);
    if (this.#state !== 'decoded' || !this.#isMapChanged) return;
    const { bytes, start, end } = this.#message;
    const content = encodeMap(this.#map, this.#field);
    let isPlaced = content.length === 0;
    forEachPayload(bytes, start, end, this.#field, (_from, to, from) => {
      if (isPlaced) splices.remove(from, to);
      else splices.replace(from, to, content);
      isPlaced = true;
    });
    if (!isPlaced) splices.insert(end, content);
  }

  #edit(field: number): AttributeEditor {
    if (this.#state === 'edited') return this.#editor;
    this.#editor.reset(this.#message.bytes, this.#message.start, this.#message.end, field);
    if (this.#state === 'planned') this.#plan?.apply(this.#editor);
    this.#state = 'edited';
    return this.#editor;
  }

  #recordPlan(splices: Splices): void {
    const { bytes, start, end } = this.#message;
    if (bytes !== this.#viewed) {
      this.#view = viewOf(bytes);
      this.#viewed = bytes;
    }
    this.#plan?.record(bytes, this.#view, start, end, this.#field, splices);
  }
}

const found = new FoundAttribute();
const NO_BYTES = new Uint8Array();
const NO_VIEW = new DataView(NO_BYTES.buffer);
