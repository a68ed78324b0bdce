import type { Condition } from '@otelier/store';
import type { LineFilter } from '../../logql/parse/ast.ts';
import type { LogSelection } from '../../logql/source.ts';
import { type Matcher, matches } from '../../promql/labels/matcher.ts';
import { INDEX_LABELS, SERVICE_LABEL, UNKNOWN_SERVICE } from './names.ts';

/** Maximum number of conditions that a store evaluates. */
const MAX_CONDITIONS = 32;
/** Regular expressions that the engine of any store understands as this project's does. */
const SIMPLE_PATTERN = /^(?:[\w \-./:;,=@#%&~"'<>!|()[\]^$*+?]|\\[.dwsDWS()[\]|^$*+?\\/-])*$/;
const MAX_PATTERN = 500;

/**
 * Returns the conditions of a selection that a store can evaluate. The records that satisfy them include all that the
 * selection needs.
 */
export function conditionsOf({ matchers, lineFilters }: LogSelection): readonly Condition[] {
  const found = [...matchers.flatMap(matcherConditions), ...lineFilters.flatMap(lineConditions)];
  return found.slice(0, MAX_CONDITIONS);
}

function matcherConditions({ name, operator, value, pattern }: Matcher): readonly Condition[] {
  if (name === SERVICE_LABEL) {
    // Records without a service are those of the unknown service.
    if (operator === '=' && value !== UNKNOWN_SERVICE && value !== '') return [{ field: 'service', op: '=', value }];
    if (operator === '!=' && value !== UNKNOWN_SERVICE && value !== '') return [{ field: 'service', op: '!=', value }];
    const isSafe = operator === '=~' && pattern !== undefined && !pattern.test(UNKNOWN_SERVICE);
    return isSafe && isSimple(value) ? [{ field: 'service', op: '~', value: `^(?:${value})$` }] : [];
  }
  const attribute = INDEX_LABELS.get(name);
  if (attribute === undefined || operator === '!=' || operator === '!~') return [];
  const matcher = { name, operator, value, pattern };
  // A record without the attribute satisfies no condition.
  if (matches(matcher, '')) return [];
  const field = `resource.${attribute}`;
  if (operator === '=') return [{ field, op: '=', value }];
  return isSimple(value) ? [{ field, op: '~', value: `^(?:${value})$` }] : [];
}

function lineConditions({ operator, operands }: LineFilter): readonly Condition[] {
  if (operands.some(({ isIp }) => isIp) || operator === '|>' || operator === '!>') return [];
  const isExact = operator === '|=' || operator === '!=';
  if (!isExact && !operands.every(({ value }) => isSimple(value))) return [];
  const sources = operands.map(({ value }) => (isExact ? escapePattern(value) : value));
  if (sources.some((source) => source.length > MAX_PATTERN) || sources.includes('')) return [];
  const source = sources.length === 1 ? (sources[0] ?? '') : sources.map((one) => `(?:${one})`).join('|');
  return [{ field: 'body', op: operator.startsWith('!') ? '!~' : '~', value: source }];
}

function isSimple(source: string): boolean {
  return source.length <= MAX_PATTERN && SIMPLE_PATTERN.test(source);
}

/** Escapes a text so that a regular expression matches it literally. */
function escapePattern(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
