import type { JsonValue } from '@otelier/query';
import { t } from '../locale/t.ts';

/** A parsed `where` condition of the API. */
export interface Condition {
  readonly field: string;
  readonly op: string;
  /** The value, without quotes. */
  readonly value: string;
}

const PATTERN =
  /^\s*((?:attributes|resource)\."(?:[^"\\]|\\.)*"|[^\s=!<>~"']+)\s*(exists\b|>=|<=|!=|!~|=|>|<|~)\s*(.*?)\s*$/is;

/** A condition with alternatives: another one follows `or`. Quoted text may look like it. */
const ALTERNATIVES = /^[^"']*?\s(?:or|\|\|)\s+(?:attributes|resource)?[\w."-]+\s*(?:exists\b|[=<>~]|!=|!~)/is;

/** Parses `FIELD OP VALUE`. Returns `undefined` for free text, and for conditions with alternatives. */
export function readCondition(text: string): Condition | undefined {
  const match = PATTERN.exec(text);
  if (match === null || ALTERNATIVES.test(text)) return undefined;
  const [, field = '', op = '', raw = ''] = match;
  if (op.toLowerCase() === 'exists') return raw === '' ? { field, op: 'exists', value: '' } : undefined;
  return raw === '' ? undefined : { field, op, value: unquote(raw) };
}

/** Formats a condition for the API, with quotes where needed. */
export function writeCondition(field: string, op: string, value: JsonValue): string {
  if (op === 'exists') return `${field} exists`;
  if (typeof value !== 'string')
    return `${field} ${op} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`;
  const plain =
    value !== '' && value.trim() === value && !/^(["'=<>~]|true$|false$)/.test(value) && Number.isNaN(Number(value));
  return `${field} ${op} ${plain ? value : `"${value.replace(/[\\"]/g, '\\$&')}"`}`;
}

/** Returns the field name for an attribute, quoting its key where needed. */
export function attributeField(key: string, of: 'attributes' | 'resource' = 'attributes'): string {
  return /^[^\s=!<>~"']+$/.test(key) ? `${of}.${key}` : `${of}."${key.replace(/[\\"]/g, '\\$&')}"`;
}

/** Formats a condition that matches any of several values as a pattern. */
export function writeAnyOf(field: string, values: readonly string[]): string | undefined {
  const [only] = values;
  if (only === undefined) return undefined;
  if (values.length === 1) return writeCondition(field, '=', only);
  return `${field} ~ ^(${values.map(escapePattern).join('|')})$`;
}

/** Returns the values of a condition written by `writeAnyOf` or of an equality, or `undefined` for other conditions. */
export function readAnyOf(condition: Condition): readonly string[] | undefined {
  if (condition.op === '=') return [condition.value];
  const inner = condition.op === '~' ? /^\^\((.*)\)\$$/.exec(condition.value)?.[1] : undefined;
  if (inner === undefined) return undefined;
  const values = inner.split(/(?<!\\)\|/);
  // Anything other than an escaped literal is a user's pattern.
  return values.every((value) => /^(?:[^\\^$.*+?()[\]{}|]|\\.)*$/.test(value))
    ? values.map((value) => value.replace(/\\(.)/g, '$1'))
    : undefined;
}

/** Splits a condition into the two parts of a chip: everything up to the value, and the value. */
export function describeCondition(text: string): { readonly name: string; readonly value: string } {
  const condition = readCondition(text);
  if (condition === undefined) return { name: '', value: text };
  const several = condition.op === '~' ? readAnyOf(condition) : undefined;
  if (several !== undefined) return { name: t('{field} in', { field: condition.field }), value: several.join(', ') };
  const part = condition.op === '~' ? /^\(\?i\)((?:[^\\^$.*+?()[\]{}|]|\\.)+)$/.exec(condition.value)?.[1] : undefined;
  if (part !== undefined)
    return { name: t('{field} contains', { field: condition.field }), value: part.replace(/\\(.)/g, '$1') };
  const pattern = /~$/.test(condition.op) ? patternLike(condition.value) : undefined;
  if (pattern !== undefined)
    return {
      name:
        condition.op === '~'
          ? t('{field} like', { field: condition.field })
          : t('{field} not like', { field: condition.field }),
      value: pattern,
    };
  return { name: `${condition.field} ${condition.op}`, value: condition.value };
}

/** Returns the text of an expression that selects the records of a pattern, with `…` for what varies. */
function patternLike(expression: string): string | undefined {
  const [, line] =
    /^\^\\s\*(.*?)(?:\\s\*\(\?:\\n\|\$\))?$/s.exec(expression) ??
    /^"(?:[^"\\]|\\.)*"\\s\*:\\s\*"\(\?:\\\\\[nrt\]\|\\s\)\*(.*?)(?:\\s\*\(\?:"\|\\\\\[nr\]\))?$/s.exec(expression) ??
    [];
  return line?.replaceAll(/\[\^ ?\\n\]\*|\(\?:\[\^"\\\\ ?\]\|\\\\\[\^nr\]\)\*/g, '…').replace(/\\(.)/g, '$1');
}

/** Replaces the conditions on a field. `undefined` removes them. */
export function replaceField(
  where: readonly string[],
  field: string,
  condition: string | undefined,
): readonly string[] {
  const kept = where.filter((one) => readCondition(one)?.field !== field);
  return condition === undefined ? kept : [...kept, condition];
}

/** Escapes a text for a regular expression. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function unquote(raw: string): string {
  const quoted = /^(["'])(.*)\1$/s.exec(raw);
  return quoted === null ? raw : (quoted[2] ?? '').replace(/\\(.)/gs, '$1');
}
