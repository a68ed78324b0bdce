import { encodeBase64 } from '@otelier/otlp';
import { orderOfTexts } from '../../ottl/values/compare.ts';
import { attributeText } from '../../ottl/values/text.ts';
import { isList, isMap, type Value, type ValueMap } from '../../ottl/values/value.ts';
import { doubleJson, type Field, field, objectOf, textJson } from '../elasticsearch/documents/json.ts';

/** Encodes attributes as a field, unless there are none. `more` are encoded fields of the object. */
export function attributesField(key: string, attributes: ValueMap, ...more: readonly Field[]): Field {
  return attributes.size === 0 && more.length === 0 ? undefined : field(key, attributesJson(attributes, more));
}

/** Encodes attributes as an object. */
export function attributesJson(attributes: ValueMap, more: readonly Field[] = []): string {
  const entries = withoutConflicts(attributes);
  return objectOf([...[...entries].map(([key, value]) => field(key, valueJson(value))), ...more]);
}

/** Encodes attributes as an object whose values are texts. */
export function textsField(key: string, attributes: ValueMap): Field {
  if (attributes.size === 0) return undefined;
  return field(
    key,
    objectOf([...withoutConflicts(attributes)].map(([name, value]) => field(name, textJson(attributeText(value))))),
  );
}

/** Encodes a value. Doubles have a decimal point and bytes are in base64. */
function valueJson(value: Value): string {
  if (value === undefined) return 'null';
  if (typeof value === 'string') return textJson(value);
  if (typeof value === 'number') return doubleJson(value);
  if (value instanceof Uint8Array) return textJson(encodeBase64(value));
  if (isList(value)) return `[${value.map(valueJson).join(',')}]`;
  if (isMap(value)) return attributesJson(value);
  return typeof value === 'object' ? 'null' : String(value);
}

/**
 * Renames keys that are also the beginning of others, such as `a` beside `a.b`, to `a.value`. OpenSearch makes objects
 * of dots, and rejects a document in which a field is a value and an object.
 */
function withoutConflicts(attributes: ValueMap): ValueMap {
  let result = attributes;
  for (let keys = conflictsIn(result); keys.length > 0; keys = conflictsIn(result)) {
    if (result === attributes) result = new Map(attributes);
    for (const key of keys) {
      if (!result.has(`${key}.value`)) result.set(`${key}.value`, result.get(key));
      result.delete(key);
    }
  }
  return result;
}

/** Returns the keys of values that are the beginning of another key. */
function conflictsIn(attributes: ValueMap): readonly string[] {
  const keys = [...attributes.keys()];
  if (!keys.some((key) => key.includes('.'))) return [];
  // With this separator, keys that continue another one are sorted right after it.
  const sorted = keys.map((key) => key.replaceAll('.', '\0')).sort(orderOfTexts);
  return sorted
    .filter((key, index) => sorted[index + 1]?.startsWith(`${key}\0`))
    .map((key) => key.replaceAll('\0', '.'))
    .filter((key) => attributes.has(key) && !isMap(attributes.get(key)));
}
