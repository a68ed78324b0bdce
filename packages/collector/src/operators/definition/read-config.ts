import { z } from '../../component/schema.ts';
import { fieldsByUserName, innerSchema, toSnakeCase } from '../../config/names.ts';

/** An error in the configuration of an operator. */
export interface OperatorIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A configuration with the names of the schema, or its errors. */
export type ReadConfig =
  | { readonly config: unknown; readonly issues?: undefined }
  | { readonly issues: readonly OperatorIssue[] };

/** Parses the configuration of an operator, whose keys are in snake case. */
export function readOperatorConfig(schema: z.ZodObject, raw: Readonly<Record<string, unknown>>): ReadConfig {
  const issues: OperatorIssue[] = [];
  const renamed = rename(schema, raw, [], issues);
  if (issues.length > 0) return { issues };
  const parsed = z.safeParse(schema, renamed);
  if (parsed.success) return { config: parsed.data };
  return {
    issues: parsed.error.issues.map(({ path, message }) => ({
      path: path.map((key) => (typeof key === 'string' ? toSnakeCase(key) : (key as number))),
      message,
    })),
  };
}

function rename(
  schema: z.core.$ZodType,
  raw: unknown,
  path: readonly (string | number)[],
  issues: OperatorIssue[],
): unknown {
  const inner = innerSchema(schema);
  const { type } = inner._zod.def;
  if (Array.isArray(raw)) {
    const element = type === 'array' ? (inner as z.core.$ZodArray)._zod.def.element : undefined;
    return element === undefined ? raw : raw.map((value, index) => rename(element, value, [...path, index], issues));
  }
  if (type !== 'object' || typeof raw !== 'object' || raw === null) return raw;
  const fields = fieldsByUserName(inner as z.core.$ZodObject);
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(raw)) {
    const field = fields.get(name);
    if (field !== undefined) {
      if (value !== null) result[field.key] = rename(field.schema, value, [...path, name], issues);
    } else {
      const names = [...fields.keys()].sort().join(', ');
      issues.push({ path: [...path, name], message: `expected one of ${names}, got "${name}"` });
    }
  }
  return result;
}
