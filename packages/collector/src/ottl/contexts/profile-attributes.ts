import { packedVarints } from '../record/encode.ts';
import type { Subject } from '../record/subject.ts';
import { encodeValue, readValue } from '../values/codec.ts';
import { isList, type Value, type ValueMap } from '../values/value.ts';
import {
  expectInteger,
  expectMap,
  type Key,
  mismatch,
  type PathDefinition,
  type RecordOf,
  valuePath,
} from './access.ts';
import { getByKeys, mapKey, setByKeys } from './indexing.ts';
import { readPackedVarints } from './packed.ts';

/** Returns the path for a list of `int32`, such as the indices of attributes. */
export function int32List(record: RecordOf, field: number): PathDefinition {
  return valuePath(
    (subject) => readIndices(subject, record, field).map(BigInt),
    (subject, value) => {
      if (value !== undefined && !isList(value)) mismatch('list of int64', value);
      writeIndices(
        subject,
        record,
        field,
        (value ?? []).map((element) => Number(BigInt.asIntN(32, expectInteger(element)))),
      );
    },
  );
}

/** Returns the path for the attributes of a profile, which are indices of attributes in the dictionary. */
export function profileAttributes(record: RecordOf, field: number): PathDefinition {
  const readMap = (subject: Subject): ValueMap => {
    const map: ValueMap = new Map();
    for (const index of readIndices(subject, record, field)) {
      const { key, value } = subject.dictionary.attribute(index);
      map.set(key, readValue(value, 0, value.length));
    }
    return map;
  };
  return {
    kind: 'indexable',
    build(keys) {
      if (keys.length > 0)
        return {
          get: (subject) => getByKeys(readMap(subject), keys, 0, subject),
          set: (subject, value) => setAttribute(subject, record, field, keys, value),
        };
      return {
        get: readMap,
        set(subject, value) {
          const map: ValueMap = value === undefined ? new Map() : expectMap(value);
          const indices = [...map].map(([key, element]) => {
            const keyIndex = subject.dictionary.indexOfString(key);
            return subject.dictionary.indexOfAttribute(keyIndex, encodeValue(element));
          });
          writeIndices(subject, record, field, indices);
        },
      };
    },
  };
}

/** Sets one attribute. Its index replaces that of the attribute with the same key. */
function setAttribute(subject: Subject, record: RecordOf, field: number, keys: readonly Key[], value: Value): void {
  const { dictionary } = subject;
  const name = mapKey(keys[0] as Key, subject);
  const indices = readIndices(subject, record, field);
  const known = indices.map((index) => dictionary.attribute(index)).find(({ key }) => key === name);
  const map: ValueMap = new Map();
  if (known !== undefined) map.set(name, readValue(known.value, 0, known.value.length));
  setByKeys(map, [name, ...keys.slice(1)], value, subject);
  const keyIndex = dictionary.indexOfString(name);
  const added = dictionary.indexOfAttribute(keyIndex, encodeValue(map.get(name)));
  const at = indices.findIndex((index) => index === added || dictionary.attribute(index).keyIndex === keyIndex);
  if (at < 0) indices.push(added);
  else if (indices[at] === added) return;
  else indices[at] = added;
  writeIndices(subject, record, field, indices);
}

function readIndices(subject: Subject, record: RecordOf, field: number): number[] {
  const message = record(subject);
  if (message.find(field) < 0) return [];
  const { source, bytes, start, end } = message;
  const isPending = source !== bytes;
  return readPackedVarints(source, isPending ? 0 : start, isPending ? source.length : end, field).map((index) =>
    Number(BigInt.asIntN(32, index)),
  );
}

function writeIndices(subject: Subject, record: RecordOf, field: number, indices: readonly number[]): void {
  record(subject).put(field, indices.length === 0 ? undefined : packedVarints(field, indices.map(BigInt)));
}
