import type { Condition } from '@otelier/store';
import { conditionPattern } from './condition-pattern.ts';
import { parseNanos } from './duration.ts';
import { severityRange } from './severity.ts';

/** What a `where` condition applies to, which determines the available fields. */
export type WhereSubject = 'spans' | 'logs' | 'points';

/** The conditions of a `where` parameter, or an error message. */
export type WhereResult =
  | { readonly kind: 'conditions'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'problem'; readonly problem: string };

/**
 * Parses one `where` parameter: `FIELD OP VALUE`, or several of them joined by `or`, of which one must hold. A severity
 * level that stands for a range of numbers becomes two conditions, both with all alternatives. Values may be quoted
 * (`"…"` or `'…'`, with `\` before a quote). Unquoted `true`, `false` and numbers have their literal type; anything else is
 * a string up to the end. An attribute key that contains spaces or operators may also be quoted.
 */
export function parseWhere(text: string, subject: WhereSubject): WhereResult {
  const texts = alternativesIn(text, subject);
  if (texts.length > MAX_ALTERNATIVES) {
    return problem(`expected at most ${MAX_ALTERNATIVES} conditions joined by "or", got ${texts.length}`);
  }
  const [first, ...others] = texts.map((one) => parseOne(one, subject));
  return others.reduce<WhereResult>(either, first ?? problem('expected a condition, got none'));
}

const MAX_ALTERNATIVES = 16;

/** Splits a text at each `or` that is followed by a field and an operator, and is not in quotes. */
function alternativesIn(text: string, subject: WhereSubject): readonly string[] {
  const found: string[] = [];
  let from = 0;
  for (const match of text.matchAll(/\s(?:or|\|\|)(?=\s)/gi)) {
    const before = split(text.slice(from, match.index));
    const after = split(text.slice(match.index + match[0].length));
    if (before === undefined || after === undefined || !isField(after.field, subject)) continue;
    if (/^["']/.test(before.rawValue) && parseValue(before.rawValue) === undefined) continue;
    found.push(text.slice(from, match.index));
    from = match.index + match[0].length;
  }
  return [...found, text.slice(from)];
}

/** Combines alternatives, each of which may have several conditions that must all hold. */
function either(a: WhereResult, b: WhereResult): WhereResult {
  if (a.kind === 'problem') return a;
  if (b.kind === 'problem') return b;
  const conditions = a.conditions.flatMap((own) =>
    b.conditions.map((other): Condition => ({ ...own, or: [...(own.or ?? []), other] })),
  );
  if (conditions.length > MAX_ALTERNATIVES) return problem('expected fewer severities joined by "or"');
  return { kind: 'conditions', conditions };
}

/** Parses one comparison. */
function parseOne(text: string, subject: WhereSubject): WhereResult {
  const parts = split(text);
  if (parts === undefined) return problem(`expected FIELD OP VALUE such as "${EXAMPLES[subject]}", got ${quote(text)}`);
  const { field, op, rawValue } = parts;
  if (!isField(field, subject)) return unknownField(field, subject);
  if (op === 'exists') return one({ field, op, value: true });
  if (joinsConditions(rawValue, subject)) {
    return problem(
      `expected one condition, got several joined by "and": send each as a where of its own, or quote the value, got ${quote(text)}`,
    );
  }
  const value = parseValue(rawValue);
  if (value === undefined)
    return problem(`expected a value after "${field} ${op}" with its quotes closed, got ${quote(rawValue)}`);
  return (INTERPRETERS[field] ?? plainCondition)(field, op, value);
}

type ComparisonOp = Exclude<Condition['op'], 'exists'>;

interface Value {
  readonly text: string;
  readonly quoted: boolean;
}

const EXAMPLES: Readonly<Record<WhereSubject, string>> = {
  spans: 'duration > 500ms',
  logs: 'severity >= warn',
  points: 'attributes.http.route = /cart',
};

const PLAIN_FIELDS: Readonly<Record<WhereSubject, readonly string[]>> = {
  spans: ['name', 'kind', 'status', 'service', 'duration', 'scope.name'],
  logs: ['severity', 'body', 'service', 'scope.name', 'event.name'],
  points: ['service'],
};

function split(text: string): { field: string; op: Condition['op']; rawValue: string } | undefined {
  const match = /^\s*((?:attributes|resource)\."(?:[^"\\]|\\.)*"|[^\s=!<>~"']+)\s*(.*?)\s*$/s.exec(text);
  const [, rawField = '', rest = ''] = match ?? [];
  if (rawField === '') return undefined;
  const field = rawField.replace(/"(.*)"$/s, (_, key: string) => withoutBackslashes(key));
  if (/^exists$/i.test(rest)) return { field, op: 'exists', rawValue: '' };
  const operator = /^(>=|<=|!=|!~|=|>|<|~)\s*(?![=<>~])(.*)$/s.exec(rest);
  return operator === null ? undefined : { field, op: operator[1] as ComparisonOp, rawValue: operator[2] ?? '' };
}

function isField(field: string, subject: WhereSubject): boolean {
  return PLAIN_FIELDS[subject].includes(field) || /^(attributes|resource)\../s.test(field);
}

function unknownField(field: string, subject: WhereSubject): WhereResult {
  const known = [...PLAIN_FIELDS[subject], 'attributes.KEY', 'resource.KEY'].join(', ');
  const hint = /^[\w.-]+$/.test(field) ? `; an attribute is written attributes.${field} or resource.${field}` : '';
  return problem(`expected one of the fields ${known}, got ${quote(field)}${hint}`);
}

/** Reports whether a value continues with `and FIELD OP`, which would silently be treated as part of it. */
function joinsConditions(raw: string, subject: WhereSubject): boolean {
  if (/^["'].*["']$/s.test(raw) && parseValue(raw) !== undefined) return false;
  return raw
    .split(/\s(?:and|&&)\s/i)
    .slice(1)
    .some((rest) => {
      const parts = split(rest);
      return parts !== undefined && isField(parts.field, subject);
    });
}

function parseValue(raw: string): Value | undefined {
  const quoted = /^(["'])((?:[^\\]|\\.)*)\1$/s.exec(raw);
  if (quoted !== null) {
    const [, mark = '', inner = ''] = quoted;
    const closedEarly = new RegExp(`(?<!\\\\)(?:\\\\\\\\)*${mark}`).test(inner);
    return closedEarly ? undefined : { text: withoutBackslashes(inner), quoted: true };
  }
  return raw === '' || /^["']/.test(raw) ? undefined : { text: raw, quoted: false };
}

const INTERPRETERS: Readonly<Record<string, (field: string, op: ComparisonOp, value: Value) => WhereResult>> = {
  duration: durationCondition,
  severity: severityCondition,
  kind: upperCaseCondition,
  status: upperCaseCondition,
};

function plainCondition(field: string, op: ComparisonOp, { text, quoted }: Value): WhereResult {
  if (op === '~' || op === '!~') return patternCondition(field, op, text);
  if (quoted) return one({ field, op, value: text });
  if (text === 'true' || text === 'false') return one({ field, op, value: text === 'true' });
  return one({ field, op, value: numberOf(text, op) ?? text });
}

/**
 * Parses a number. In equality comparisons, only a string that JavaScript would format identically is a number, because
 * `1.0` may be a version and `007` a code. Stored numbers are also compared as strings.
 */
function numberOf(text: string, op: ComparisonOp): number | undefined {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) return undefined;
  const ordering = op !== '=' && op !== '!=';
  return String(number) === text || ordering ? number : undefined;
}

function patternCondition(field: string, op: '~' | '!~', source: string): WhereResult {
  const compiled = conditionPattern(source);
  if (typeof compiled === 'string') {
    return problem(`expected a regular expression after "${field} ${op}", got ${quote(source)} (${compiled})`);
  }
  return one({ field, op, value: source });
}

function durationCondition(field: string, op: ComparisonOp, { text }: Value): WhereResult {
  const sign = text.startsWith('-') ? -1 : 1;
  const nanos = parseNanos(text.replace(/^-/, ''));
  if (nanos === undefined || op === '~' || op === '!~') {
    return problem(
      `expected duration to be compared with a duration such as "500ms" or "1.5s", got ${quote(`${op} ${text}`)}`,
    );
  }
  return one({ field, op, value: sign * nanos });
}

/** Kinds and codes are compared in the store's spelling. */
function upperCaseCondition(field: string, op: ComparisonOp, { text }: Value): WhereResult {
  return op === '~' || op === '!~' ? patternCondition(field, op, text) : one({ field, op, value: text.toUpperCase() });
}

const LEVELS = 'trace, debug, info, warn, error, fatal';

/** Levels are ranges of severity numbers: `warn` is 13 to 16. */
function severityCondition(field: string, op: ComparisonOp, { text }: Value): WhereResult {
  const range = severityRange(text);
  if (range === undefined) {
    const number = Number(text);
    if (text !== '' && Number.isInteger(number) && op !== '~' && op !== '!~') return one({ field, op, value: number });
    return problem(
      `expected severity to be compared with ${LEVELS} or a number from 0 to 24, got ${quote(`${op} ${text}`)}`,
    );
  }
  const [lowest, highest] = range;
  switch (op) {
    case '=':
      return {
        kind: 'conditions',
        conditions: [
          { field, op: '>=', value: lowest },
          { field, op: '<=', value: highest },
        ],
      };
    case '>':
    case '<=':
      return one({ field, op, value: highest });
    case '<':
    case '>=':
      return one({ field, op, value: lowest });
    default:
      return problem(`expected severity to be compared by = < <= > >=, got ${quote(`${op} ${text}`)}`);
  }
}

function one(condition: Condition): WhereResult {
  return { kind: 'conditions', conditions: [condition] };
}

function problem(text: string): WhereResult {
  return { kind: 'problem', problem: text };
}

function withoutBackslashes(text: string): string {
  return text.replace(/\\(.)/gs, '$1');
}

function quote(text: string): string {
  return `"${text.length > 200 ? `${text.slice(0, 200)}…` : text}"`;
}
