import type { z } from 'zod';
import { SECRET_NAMES } from '../apply.ts';
import { innerSchema, metaOf, schemaOfKey } from '../names.ts';
import type { Tree } from '../tree.ts';

/** The replacement for a secret. */
export const REDACTED = '[REDACTED]';

/**
 * Returns the values of a tree with secrets redacted: values that the schema marks as secret, and those whose names
 * suggest it.
 */
export function redactedValue(tree: Tree, schema?: z.core.$ZodType, isSecret = false): unknown {
  const secret = isSecret || (schema !== undefined && metaOf(schema, 'secret') === true);
  if (tree.kind === 'scalar') return secret && tree.value !== null ? REDACTED : withoutPassword(tree.value);
  const inner = schema === undefined ? undefined : innerSchema(schema);
  if (tree.kind === 'list') {
    const element = inner?._zod.def.type === 'array' ? (inner as z.core.$ZodArray)._zod.def.element : undefined;
    return tree.items.map((item) => redactedValue(item, element, secret));
  }
  const entries = [...tree.entries].map(([key, value]) => [
    key,
    redactedValue(value, schemaOfKey(inner, key), secret || SECRET_NAMES.test(key)),
  ]);
  return Object.fromEntries(entries);
}

/** Redacts the password in a URL, such as that of a proxy. */
function withoutPassword(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/(:\/\/[^/\s:@]*:)[^/\s@]+(?=@)/g, `$1${REDACTED}`) : value;
}
