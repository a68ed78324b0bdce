import { EncodedAttribute, encodeKey } from '@otelier/otlp';
import type { Subject } from '../record/subject.ts';
import { encodeValue } from '../values/codec.ts';
import { copyMap, isMap, type Value, type ValueMap } from '../values/value.ts';
import { type Access, expectMap, type Key, type PathDefinition, type RecordOf } from './access.ts';
import { getByKeys, mapKey, setByKeys, storable } from './indexing.ts';

/** Returns the path for attributes or metadata in `field` of a message. */
export function attributesPath(record: RecordOf, field: number | ((subject: Subject) => number)): PathDefinition {
  const fieldOf = typeof field === 'number' ? () => field : field;
  const all: Access = {
    get: (subject) => record(subject).attributes.all(fieldOf(subject)),
    set(subject, value) {
      const { attributes } = record(subject);
      const number = fieldOf(subject);
      const map: ValueMap = value === undefined ? new Map() : expectMap(value);
      // Functions modify the map in place and then set it again.
      if (!attributes.isEncoded && map === attributes.all(number)) attributes.changed();
      else attributes.replace(number, copyMap(map));
    },
    attributes: { record, field: fieldOf },
  };
  return {
    kind: 'indexable',
    build(keys) {
      if (keys.length === 0) return all;
      const [first] = keys;
      return typeof first === 'string' && keys.length === 1
        ? literalAttribute(record, fieldOf, first)
        : attributeByKeys(record, fieldOf, keys);
    },
  };
}

/** The common case: a single literal key, which is encoded once. */
function literalAttribute(record: RecordOf, field: (subject: Subject) => number, name: string): Access {
  const key = encodeKey(name);
  let last: Value;
  let encoded: EncodedAttribute | undefined;
  return {
    get: (subject) => record(subject).attributes.get(field(subject), name, key),
    set(subject, value) {
      // The value is often constant, or the same as for the previous item.
      if (isShort(value)) {
        if (encoded === undefined || !Object.is(value, last)) encoded = EncodedAttribute.ofRaw(key, encodeValue(value));
        last = value;
        if (record(subject).attributes.setEncoded(field(subject), encoded)) return;
      }
      storeAttribute(record, field(subject), name, key, value, subject);
    },
    attribute: { record, field, key },
  };
}

/** Reports whether an encoded value is small enough to be reused for the next item. */
function isShort(value: Value): boolean {
  return typeof value === 'string' ? value.length <= MAX_KEPT_LENGTH : typeof value === 'boolean';
}

const MAX_KEPT_LENGTH = 256;

function attributeByKeys(record: RecordOf, field: (subject: Subject) => number, keys: readonly Key[]): Access {
  return {
    get(subject) {
      const name = mapKey(keys[0] as Key, subject);
      const key = encodeKey(name);
      const { attributes } = record(subject);
      const value = attributes.get(field(subject), name, key);
      // An empty value cannot be indexed, but a missing one can.
      const isMissing = value === undefined && !attributes.has(field(subject), name, key);
      return isMissing ? undefined : getByKeys(value, keys, 1, subject);
    },
    set(subject, value) {
      if (keys.length === 1) {
        const name = mapKey(keys[0] as Key, subject);
        storeAttribute(record, field(subject), name, encodeKey(name), value, subject);
        return;
      }
      const { attributes } = record(subject);
      const map = attributes.all(field(subject));
      attributes.changed();
      setByKeys(map, keys, value, subject);
    },
  };
}

/** As in the Collector, creates an empty attribute if telemetry cannot contain the value. */
function storeAttribute(
  record: RecordOf,
  field: number,
  name: string,
  key: Uint8Array,
  value: Value,
  subject: Subject,
): void {
  const { attributes } = record(subject);
  // A map that is set within itself contains the new entry, with an empty value.
  if (isMap(value) && !attributes.isEncoded && value === attributes.all(field))
    attributes.set(field, name, key, new Map());
  let stored: Value;
  try {
    stored = storable(value);
  } catch (error) {
    if (attributes.get(field, name, key) === undefined) attributes.set(field, name, key, undefined);
    throw error;
  }
  attributes.set(field, name, key, stored);
}

/** Returns the path for a map that is not part of telemetry, such as the cache. */
export function plainMapPath(mapOf: (subject: Subject) => ValueMap): PathDefinition {
  return {
    kind: 'indexable',
    build: (keys) => ({
      get: (subject) => (keys.length === 0 ? mapOf(subject) : getByKeys(mapOf(subject), keys, 0, subject)),
      set(subject, value) {
        const map = mapOf(subject);
        if (keys.length > 0) setByKeys(map, keys, value, subject);
        else if (value !== map) replaceEntries(map, value === undefined ? new Map() : expectMap(value));
      },
    }),
  };
}

function replaceEntries(map: ValueMap, source: ValueMap): void {
  const entries = [...copyMap(source)];
  map.clear();
  for (const [name, value] of entries) map.set(name, value);
}
