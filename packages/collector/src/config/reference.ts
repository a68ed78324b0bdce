import { z } from 'zod';
import { fieldsByUserName, innerSchema, metaOf, toSnakeCase } from './names.ts';

/** A field of a configuration, for the reference page. */
export interface FieldReference {
  /** Field path: `sending_queue.queue_size`. */
  readonly path: string;
  /** Field type as shown to readers: `duration`, `list of text`. */
  readonly type: string;
  /** Default value as JSON; `undefined` if there is none. */
  readonly defaultText: string | undefined;
  readonly required: boolean;
  /** Field description; `undefined` if the schema has none. */
  readonly description: string | undefined;
}

/** Lists all fields of a schema; nested fields follow their parent. */
export function listFields(schema: z.core.$ZodType, prefix = ''): FieldReference[] {
  const inner = innerSchema(schema);
  if (inner._zod.def.type === 'array') return listFields((inner as z.core.$ZodArray)._zod.def.element, `${prefix}[].`);
  if (inner._zod.def.type === 'union') {
    const options = (inner as z.core.$ZodUnion)._zod.def.options;
    return options.flatMap((option) => listFields(option, prefix));
  }
  if (inner._zod.def.type !== 'object') return [];
  return [...fieldsByUserName(inner as z.core.$ZodObject)].flatMap(([name, { schema: field }]) => {
    const path = `${prefix}${name}`;
    return [fieldReference(path, field), ...listFields(field, isList(field) ? path : `${path}.`)];
  });
}

function isList(schema: z.core.$ZodType): boolean {
  return innerSchema(schema)._zod.def.type === 'array';
}

function fieldReference(path: string, schema: z.core.$ZodType): FieldReference {
  const fallback = prefault(schema);
  const defaultText =
    fallback === undefined || isEmptyObject(fallback) ? undefined : JSON.stringify(withUserKeys(fallback));
  const required = !z.object({ field: schema as z.ZodType }).safeParse({}).success;
  const description = metaOf(schema, 'description');
  return { path, type: typeNames(schema), defaultText, required, description: description as string | undefined };
}

/** Returns the JSON Schema of a configuration, with keys in snake case, for editors. */
export function userJsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      for (const key of ['unit', 'secret', 'notYet', 'noEffect', 'effective']) delete jsonSchema[key];
      if (jsonSchema.default !== undefined) jsonSchema.default = withUserKeys(jsonSchema.default) as never;
      const { def } = zodSchema._zod as z.core.$ZodTypes['_zod'];
      if (def.type !== 'object' || !jsonSchema.properties) return;
      jsonSchema.properties = Object.fromEntries(
        Object.entries(jsonSchema.properties).map(([key, value]) => [toSnakeCase(key), value]),
      );
      if (jsonSchema.required) jsonSchema.required = jsonSchema.required.map(toSnakeCase);
      if (!def.catchall) jsonSchema.additionalProperties = false;
    },
  });
  return json;
}

function typeNames(schema: z.core.$ZodType): string {
  const unit = metaOf(schema, 'unit');
  if (unit === 'duration') return 'duration';
  if (unit === 'bytes') return 'size';
  const inner = innerSchema(schema);
  const { def } = inner._zod as z.core.$ZodTypes['_zod'];
  switch (def.type) {
    case 'string':
      return 'text';
    case 'number':
      return 'number';
    case 'boolean':
      return 'true or false';
    case 'enum':
      return Object.values(def.entries)
        .map((value) => `\`${value}\``)
        .join(', ');
    case 'literal':
      return def.values.map((value) => `\`${value}\``).join(', ');
    case 'array':
      return `list of ${typeNames(def.element)}`;
    case 'record':
      return `mapping of ${typeNames(def.valueType)}`;
    case 'object':
      return 'mapping';
    case 'union':
      return [...new Set(def.options.map(typeNames))].join(' or ');
    default:
      return 'anything';
  }
}

function prefault(schema: z.core.$ZodType): unknown {
  let current: z.core.$ZodType | undefined = schema;
  while (current) {
    const def: { type: string; defaultValue?: unknown; innerType?: z.core.$ZodType; in?: z.core.$ZodType } = (
      current as z.core.$ZodTypes
    )._zod.def as never;
    if (def.type === 'prefault' || def.type === 'default') return def.defaultValue;
    current = def.innerType ?? def.in;
  }
  return undefined;
}

function withUserKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withUserKeys);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [toSnakeCase(key), withUserKeys(item)]));
}

function isEmptyObject(value: unknown): boolean {
  return isPlainObject(value) && Object.keys(value).length === 0;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
