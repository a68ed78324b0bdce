import type { z } from 'zod';
import { SECRET_NAMES } from '../apply.ts';
import { fieldsByUserName, innerSchema, metaOf } from '../names.ts';
import type { Tree } from '../tree.ts';

/** The replacement for a secret. */
const REDACTED = '[REDACTED]';

/**
 * Returns the values of a tree with secrets redacted: values that the schema marks as secret, and those whose names
 * suggest it.
 */
export function redactedValue(tree: Tree, schema?: z.core.$ZodType, isSecret = false): unknown {
  const secret = isSecret || (schema !== undefined && metaOf(schema, 'secret') === true);
  if (tree.kind === 'scalar') return secret && tree.value !== null ? REDACTED : tree.value;
  const inner = schema === undefined ? undefined : innerSchema(schema);
  if (tree.kind === 'list') {
    const element = inner?._zod.def.type === 'array' ? (inner as z.core.$ZodArray)._zod.def.element : undefined;
    return tree.items.map((item) => redactedValue(item, element, secret));
  }
  const entries = [...tree.entries].map(([key, value]) => [
    key,
    redactedValue(value, fieldOf(inner, key), secret || SECRET_NAMES.test(key)),
  ]);
  return Object.fromEntries(entries);
}

/** Returns the schema of a value in a mapping. For a union, it is that of the first option with the key. */
function fieldOf(schema: z.core.$ZodTypes | undefined, key: string): z.core.$ZodType | undefined {
  switch (schema?._zod.def.type) {
    case 'object':
      return fieldsByUserName(schema as z.core.$ZodObject).get(key)?.schema;
    case 'record':
      return (schema as z.core.$ZodRecord)._zod.def.valueType;
    case 'union':
      for (const option of (schema as z.core.$ZodUnion)._zod.def.options) {
        const field = fieldOf(innerSchema(option), key);
        if (field !== undefined) return field;
      }
      return undefined;
    default:
      return undefined;
  }
}
