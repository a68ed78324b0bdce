import { z } from '@hono/zod-openapi';
import { type Matches, parseFilter } from './filter.ts';
import { isObject, type Json, type JsonObject, ownName, partsOf } from './paths.ts';
import { ScimProblem } from './problem.ts';

const MAX_OPERATIONS = 1000;

const patch = z.object({
  // Some providers write operations with a capital letter.
  Operations: z
    .array(
      z.object({
        op: z
          .string()
          .toLowerCase()
          .pipe(z.enum(['add', 'replace', 'remove'])),
        path: z.string().min(1).max(500).optional(),
        value: z.unknown().optional(),
      }),
    )
    .min(1)
    .max(MAX_OPERATIONS),
});

/** Returns a resource after the operations of a PATCH (RFC 7644, section 3.5.2). Throws a `ScimProblem`. */
export function applyPatch(resource: JsonObject, body: unknown): JsonObject {
  const parsed = patch.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ScimProblem(400, `${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'invalid'}`, 'invalidSyntax');
  }
  let patched = resource;
  for (const { op, path, value } of parsed.data.Operations) patched = applyOne(patched, op, path, value as Json);
  return patched;
}

type Operation = 'add' | 'replace' | 'remove';

function applyOne(resource: JsonObject, op: Operation, path: string | undefined, value: Json): JsonObject {
  if (path === undefined) {
    if (op === 'remove') throw new ScimProblem(400, 'path: expected one, which remove needs', 'noTarget');
    if (!isObject(value)) throw new ScimProblem(400, 'value: expected an object without a path', 'invalidValue');
    // Keys can be paths themselves, such as `name.givenName`.
    return Object.entries(value).reduce((whole, [key, one]) => applyOne(whole, op, key, one), resource);
  }
  const target = parsePath(path);
  if (op !== 'remove' && value === undefined)
    throw new ScimProblem(400, `value: expected one for ${path}`, 'invalidValue');
  return change(resource, target, op, value);
}

interface Target {
  readonly attribute: string;
  readonly filter: Matches | undefined;
  readonly sub: string | undefined;
}

function parsePath(path: string): Target {
  const [, name = '', filter, sub] = /^([\w:.$-]+?)(?:\[(.*)\])?(?:\.([\w$-]+))?$/s.exec(withoutSchema(path)) ?? [];
  if (!/^[\w:$-]+$/.test(name))
    throw new ScimProblem(400, `path: expected an attribute, got ${path.slice(0, 80)}`, 'invalidPath');
  return { attribute: name, filter: filter === undefined ? undefined : parseFilter(filter), sub };
}

function withoutSchema(path: string): string {
  const [first = '', ...rest] = partsOf(path);
  return [first, ...rest].join('.');
}

function change(resource: JsonObject, { attribute, filter, sub }: Target, op: Operation, value: Json): JsonObject {
  const name = ownName(resource, attribute);
  const current = Object.hasOwn(resource, name) ? resource[name] : undefined;
  if (filter !== undefined) {
    const list: readonly Json[] = Array.isArray(current) ? (current as readonly Json[]) : [];
    return withValue(resource, name, changeElements(list, { filter, sub, op, value, name }));
  }
  if (sub !== undefined) {
    const object = isObject(current) ? current : {};
    return withValue(resource, name, change(object, { attribute: sub, filter: undefined, sub: undefined }, op, value));
  }
  if (Array.isArray(current)) return withValue(resource, name, changeList(current as readonly Json[], op, value));
  if (op === 'remove') return withValue(resource, name, undefined);
  if (op === 'add' && isObject(current) && isObject(value)) return withValue(resource, name, { ...current, ...value });
  return withValue(resource, name, value);
}

function changeList(list: readonly Json[], op: Operation, value: Json): readonly Json[] | undefined {
  const values: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [value];
  if (op === 'replace') return values;
  const isAmong = (one: Json, others: readonly Json[]): boolean => others.some((other) => keyOf(other) === keyOf(one));
  if (op === 'add') return [...list, ...values.filter((one) => !isAmong(one, list))];
  // Some providers name the elements to remove in the value.
  return value === undefined ? undefined : list.filter((one) => !isAmong(one, values));
}

interface ElementChange {
  readonly filter: Matches;
  readonly sub: string | undefined;
  readonly op: Operation;
  readonly value: Json;
  readonly name: string;
}

function changeElements(list: readonly Json[], { filter, sub, op, value, name }: ElementChange): readonly Json[] {
  if (!list.some(filter)) {
    if (op === 'remove') return list;
    throw new ScimProblem(400, `path: expected an element of ${name} that matches, found none`, 'noTarget');
  }
  if (op === 'remove' && sub === undefined) return list.filter((one) => !filter(one));
  return list.map((one) => {
    if (!filter(one) || !isObject(one)) return one;
    if (sub !== undefined) return change(one, { attribute: sub, filter: undefined, sub: undefined }, op, value);
    return isObject(value) ? { ...one, ...value } : value;
  });
}

/** Elements of a list are the same if their `value` is. */
function keyOf(element: Json): string {
  return JSON.stringify(isObject(element) ? (element['value'] ?? element) : element);
}

function withValue(object: JsonObject, name: string, value: Json | undefined): JsonObject {
  const entries = Object.entries(object).filter(([key]) => key !== name);
  // As data, so that `__proto__` is a name like others.
  return Object.fromEntries(value === undefined ? entries : [...entries, [name, value]]);
}
