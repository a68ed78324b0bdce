import type { ItemFilter } from '@otelier/store';
import type { LineFilter } from '../../logql/parse/ast.ts';
import { type Matcher, matches } from '../../promql/labels/matcher.ts';
import { condition } from '../../request/condition.ts';
import { INDEX_LABELS, SERVICE_LABEL, UNKNOWN_SERVICE } from './names.ts';

/** Maximum number of filters that a store evaluates. */
const MAX_FILTERS = 32;
/** Regular expressions that the engine of any store understands as this project's does. */
const SIMPLE_PATTERN = /^(?:[\w \-./:;,=@#%&~"'<>!|()[\]^$*+?]|\\[.dwsDWS()[\]|^$*+?\\/-])*$/;
const MAX_PATTERN = 500;

/**
 * Returns the part of a selection that a store can evaluate. The records that satisfy it include all that the selection
 * needs.
 */
export function storeFilter(matchers: readonly Matcher[], lineFilters: readonly LineFilter[]): ItemFilter {
  const filters = [
    ...matchers.flatMap((matcher) => matcherFilter(matcher) ?? []),
    ...lineFilters.flatMap((filter) => lineFilter(filter) ?? []),
  ];
  return { kind: 'all', filters: filters.slice(0, MAX_FILTERS) };
}

/** Returns a filter that exactly the records satisfy whose lines pass filters, or `undefined` if a store has none. */
export function exactLineFilter(lineFilters: readonly LineFilter[]): ItemFilter | undefined {
  const filters = lineFilters.map((filter) => (isExact(filter) ? lineFilter(filter) : undefined));
  const known = filters.filter((filter) => filter !== undefined);
  return known.length === filters.length ? { kind: 'all', filters: known } : undefined;
}

function isExact({ operator, operands }: LineFilter): boolean {
  return (operator === '|=' || operator === '!=') && operands.every(({ isIp }) => !isIp);
}

function matcherFilter({ name, operator, value, pattern }: Matcher): ItemFilter | undefined {
  if (name === SERVICE_LABEL) {
    // Records without a service are those of the unknown service.
    const isNamed = value !== UNKNOWN_SERVICE && value !== '';
    if ((operator === '=' || operator === '!=') && isNamed) return condition('service', operator, value);
    const isSafe = operator === '=~' && pattern !== undefined && !pattern.test(UNKNOWN_SERVICE);
    return isSafe && isSimple(value) ? condition('service', '~', `^(?:${value})$`) : undefined;
  }
  // A record without the attribute satisfies no condition.
  if (operator === '!=' || operator === '!~' || matches({ name, operator, value, pattern }, '')) return undefined;
  const keys = keysOf(name);
  if (keys === undefined || (operator === '=~' && !isSimple(value))) return undefined;
  const filters = keys.flatMap((key) =>
    [`resource.${key}`, `attributes.${key}`].map((field) =>
      operator === '=' ? condition(field, '=', value) : condition(field, '~', `^(?:${value})$`),
    ),
  );
  return { kind: 'any', filters };
}

/**
 * Returns the keys of attributes that can be a label, or `undefined` if there are too many: every underscore can stand
 * for another character.
 */
function keysOf(name: string): readonly string[] | undefined {
  const indexed = INDEX_LABELS.get(name);
  if (indexed !== undefined) return [...new Set([indexed, name])];
  return name.includes('_') ? undefined : [name];
}

function lineFilter({ operator, operands }: LineFilter): ItemFilter | undefined {
  if (operands.some(({ isIp }) => isIp) || operator === '|>' || operator === '!>') return undefined;
  const isText = operator === '|=' || operator === '!=';
  if (!isText && !operands.every(({ value }) => isSimple(value))) return undefined;
  const sources = operands.map(({ value }) => (isText ? escapePattern(value) : value));
  if (sources.some((source) => source.length > MAX_PATTERN) || sources.includes('')) return undefined;
  const source = sources.length === 1 ? (sources[0] ?? '') : sources.map((one) => `(?:${one})`).join('|');
  const contains = condition('body', '~', source);
  // A record without a body has an empty line.
  return operator.startsWith('!') ? { kind: 'not', filter: contains } : contains;
}

function isSimple(source: string): boolean {
  return source.length <= MAX_PATTERN && SIMPLE_PATTERN.test(source);
}

/** Escapes a text so that a regular expression matches it literally. */
function escapePattern(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
