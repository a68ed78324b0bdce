import type { z } from 'zod';

/** Converts a key such as `sendBatchSize` to snake case: `send_batch_size`. */
export function toSnakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Returns the fields of an object schema by their names in configuration files. */
export function fieldsByUserName(schema: z.core.$ZodObject): ReadonlyMap<string, Field> {
  const known = cache.get(schema);
  if (known) return known;
  const fields = new Map<string, Field>();
  for (const [key, value] of Object.entries(schema._zod.def.shape))
    fields.set(toSnakeCase(key), { key, schema: value });
  cache.set(schema, fields);
  return fields;
}

/** A field of an object schema: its key in code and its schema. */
export interface Field {
  readonly key: string;
  readonly schema: z.core.$ZodType;
}

const cache = new WeakMap<z.core.$ZodObject, ReadonlyMap<string, Field>>();

/** Unwraps a schema from its optional, default and transform wrappers. */
export function innerSchema(schema: z.core.$ZodType): z.core.$ZodTypes {
  const known = schema as z.core.$ZodTypes;
  switch (known._zod.def.type) {
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'catch':
      return innerSchema(known._zod.def.innerType);
    case 'pipe':
      return innerSchema(known._zod.def.in);
    case 'lazy':
      return innerSchema(known._zod.def.getter());
    default:
      return known;
  }
}

/** Returns a key from the `meta` of the schema or of its wrappers. */
export function metaOf(schema: z.core.$ZodType, key: string): unknown {
  let current: z.core.$ZodType | undefined = schema;
  while (current) {
    const meta = (current as z.ZodType).meta?.();
    if (meta && key in meta) return meta[key];
    const def: { innerType?: z.core.$ZodType; in?: z.core.$ZodType } = (current as z.core.$ZodTypes)._zod.def as never;
    current = def.innerType ?? def.in;
  }
  return undefined;
}

/** Returns the schema of a value in a mapping. Of a union, the first option that knows the key. */
export function schemaOfKey(schema: z.core.$ZodTypes | undefined, key: string): z.core.$ZodType | undefined {
  switch (schema?._zod.def.type) {
    case 'object':
      return fieldsByUserName(schema as z.core.$ZodObject).get(key)?.schema;
    case 'record':
      return (schema as z.core.$ZodRecord)._zod.def.valueType;
    case 'union':
      for (const option of (schema as z.core.$ZodUnion)._zod.def.options) {
        const field = schemaOfKey(innerSchema(option), key);
        if (field !== undefined) return field;
      }
      return undefined;
    default:
      return undefined;
  }
}
