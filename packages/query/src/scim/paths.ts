/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: Json;
}

/** Reports whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the name of an attribute as an object has it: SCIM compares names without regard to case. */
export function ownName(object: JsonObject, name: string): string {
  return Object.keys(object).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
}

/** Returns the parts of an attribute's path, without the URI of a core schema. */
export function partsOf(path: string): readonly string[] {
  return path.replace(/^urn:ietf:params:scim:schemas:core:2\.0:(User|Group):/i, '').split('.');
}

/** Returns the elements of an attribute, such as `name.familyName` or `emails.value`; each of a list. */
export function elementsAt(value: Json, path: string): readonly Json[] {
  let found: readonly Json[] = [value];
  for (const part of partsOf(path)) {
    found = found.flatMap((one) => {
      if (!isObject(one)) return [];
      const name = ownName(one, part);
      const next = Object.hasOwn(one, name) ? one[name] : undefined;
      if (next === undefined) return [];
      return isList(next) ? next : [next];
    });
  }
  return found;
}

/** Returns the values of an attribute. An element of a list with several attributes stands for its `value`. */
export function valuesAt(value: Json, path: string): readonly Json[] {
  return elementsAt(value, path).map((one) => (isObject(one) ? (one['value'] ?? one) : one));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
