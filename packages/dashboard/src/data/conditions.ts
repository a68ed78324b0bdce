import type { JsonValue } from '@otelier/query';

/** One `where` of the API in its parts. */
export interface Condition {
  readonly field: string;
  readonly op: string;
  /** As written, without quotes. */
  readonly value: string;
}

const PATTERN =
  /^\s*((?:attributes|resource)\."(?:[^"\\]|\\.)*"|[^\s=!<>~"']+)\s*(exists\b|>=|<=|!=|!~|=|>|<|~)\s*(.*?)\s*$/is;

/** Reads `FIELD OP VALUE`; `undefined` when it is not one, as with free text. */
export function readCondition(text: string): Condition | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, field = '', op = '', raw = ''] = match;
  if (op.toLowerCase() === 'exists') return raw === '' ? { field, op: 'exists', value: '' } : undefined;
  return raw === '' ? undefined : { field, op, value: unquote(raw) };
}

/** The conditions of a text that joins them by `and`; `undefined` when a part of it is none. */
export function readConditions(text: string): readonly string[] | undefined {
  const found: string[] = [];
  for (let rest = text; ; ) {
    const next = JOINED.exec(rest);
    const one = (next?.[1] ?? rest).trim();
    if (readCondition(one) === undefined) return undefined;
    found.push(one);
    if (next === null) return found;
    rest = next[2] ?? '';
  }
}

/** A condition, and behind the first `and` outside of quotes that is followed by a field and an operator, the rest. */
const JOINED =
  /^((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^"'])*?)\s+(?:and|&&)\s+((?:(?:attributes|resource)\."|[^\s=!<>~"']+\s*(?:exists\b|[=!<>~])).*)$/is;

/** Writes a condition as the API reads it, quoted where the text would be taken for something else. */
export function writeCondition(field: string, op: string, value: JsonValue): string {
  if (op === 'exists') return `${field} exists`;
  if (typeof value !== 'string')
    return `${field} ${op} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`;
  const plain =
    value !== '' && value.trim() === value && !/^(["'=<>~]|true$|false$)/.test(value) && Number.isNaN(Number(value));
  return `${field} ${op} ${plain ? value : `"${value.replace(/[\\"]/g, '\\$&')}"`}`;
}

/** The field of an attribute, its key quoted where it would break the condition apart. */
export function attributeField(key: string, of: 'attributes' | 'resource' = 'attributes'): string {
  return /^[^\s=!<>~"']+$/.test(key) ? `${of}.${key}` : `${of}."${key.replace(/[\\"]/g, '\\$&')}"`;
}

/** Any of several values of a field, which the API takes as a pattern. */
export function writeAnyOf(field: string, values: readonly string[]): string | undefined {
  const [only] = values;
  if (only === undefined) return undefined;
  if (values.length === 1) return writeCondition(field, '=', only);
  return `${field} ~ ^(${values.map(escapePattern).join('|')})$`;
}

/** The values of `writeAnyOf`, or of an equality; `undefined` when the condition is another. */
export function readAnyOf(condition: Condition): readonly string[] | undefined {
  if (condition.op === '=') return [condition.value];
  const inner = condition.op === '~' ? /^\^\((.*)\)\$$/.exec(condition.value)?.[1] : undefined;
  if (inner === undefined) return undefined;
  const values = inner.split(/(?<!\\)\|/);
  // Anything but escaped text is a pattern of the user's own.
  return values.every((value) => /^(?:[^\\^$.*+?()[\]{}|]|\\.)*$/.test(value))
    ? values.map((value) => value.replace(/\\(.)/g, '$1'))
    : undefined;
}

/** Words for a chip: the part before the value, and the value. */
export function describeCondition(text: string): { readonly name: string; readonly value: string } {
  const condition = readCondition(text);
  if (condition === undefined) return { name: '', value: text };
  const several = condition.op === '~' ? readAnyOf(condition) : undefined;
  if (several !== undefined) return { name: `${condition.field} in`, value: several.join(', ') };
  return { name: `${condition.field} ${condition.op}`, value: condition.value };
}

/** Puts a condition on a field in place of those on the same field; `undefined` only takes them away. */
export function replaceField(
  where: readonly string[],
  field: string,
  condition: string | undefined,
): readonly string[] {
  const kept = where.filter((one) => readCondition(one)?.field !== field);
  return condition === undefined ? kept : [...kept, condition];
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function unquote(raw: string): string {
  const quoted = /^(["'])(.*)\1$/s.exec(raw);
  return quoted === null ? raw : (quoted[2] ?? '').replace(/\\(.)/gs, '$1');
}
