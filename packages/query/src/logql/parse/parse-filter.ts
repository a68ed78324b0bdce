import { PatternError } from '../../patterns/pattern.ts';
import { compileAnchored, type Matcher } from '../../promql/labels/matcher.ts';
import type { CompareOperator, LabelFilter } from './ast.ts';
import { LogqlParseError } from './parse-error.ts';
import type { TokenReader } from './tokens.ts';
import { parseFloat64 } from './units.ts';

const MATCH_OPERATORS: ReadonlySet<string> = new Set(['=', '!=', '=~', '!~']);
const COMPARE_OPERATORS: ReadonlySet<string> = new Set(['=', '==', '!=', '>', '>=', '<', '<=']);

/** Parses `name="value"`, or another condition on a label as in a selector. */
export function parseMatcher(tokens: TokenReader): Matcher {
  const { text: name } = tokens.expect('IDENTIFIER', '}');
  if (!MATCH_OPERATORS.has(tokens.peek())) tokens.fail('=', '!=', '=~', '!~');
  const operator = tokens.take().kind as Matcher['operator'];
  return matcherOf(name, operator, String(tokens.expect('STRING').value));
}

function matcherOf(name: string, operator: Matcher['operator'], value: string): Matcher {
  if (operator === '=' || operator === '!=') return { name, operator, value, pattern: undefined };
  try {
    return { name, operator, value, pattern: compileAnchored(value) };
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new LogqlParseError(`error parsing regexp: ${error.message}`, undefined, { cause: error });
  }
}

/** Parses a condition on labels: comparisons combined by `and`, `or`, commas and spaces. */
export function parseLabelFilter(tokens: TokenReader): LabelFilter {
  return tokens.nested(() => {
    let left = parseConjunction(tokens);
    while (tokens.accept('or')) {
      tokens.countOperator();
      left = { kind: 'or', left, right: parseConjunction(tokens) };
    }
    return left;
  });
}

/** `and` binds more tightly than `or`, as Loki's grammar declares. */
function parseConjunction(tokens: TokenReader): LabelFilter {
  let left = parseComparison(tokens);
  for (;;) {
    const next = tokens.peek();
    if (next === 'and' || next === ',') tokens.take();
    else if (next !== 'IDENTIFIER' && next !== '(') return left;
    tokens.countOperator();
    left = { kind: 'and', left, right: parseComparison(tokens) };
  }
}

function parseComparison(tokens: TokenReader): LabelFilter {
  if (tokens.accept('(')) {
    const filter = parseLabelFilter(tokens);
    tokens.expect(')');
    return filter;
  }
  const { text: name } = tokens.expect('IDENTIFIER', '(');
  const operator = tokens.peek();
  if (MATCH_OPERATORS.has(operator) && tokens.peek(1) === 'STRING') {
    tokens.take();
    return {
      kind: 'string',
      matcher: matcherOf(name, operator as Matcher['operator'], String(tokens.take().value)),
    };
  }
  if ((operator === '=' || operator === '!=') && tokens.peek(1) === 'ip') {
    tokens.take();
    return { kind: 'ip', name, operator, value: parseIp(tokens) };
  }
  if (!COMPARE_OPERATORS.has(operator)) tokens.fail(...(MATCH_OPERATORS.has(operator) ? ['STRING'] : []));
  tokens.take();
  return parseValue(tokens, name, operator as CompareOperator);
}

function parseValue(tokens: TokenReader, name: string, operator: CompareOperator): LabelFilter {
  const duration = tokens.accept('DURATION');
  if (duration) return { kind: 'duration', name, operator, value: Number(duration.value), text: duration.text };
  const bytes = tokens.accept('BYTES');
  if (bytes) return { kind: 'bytes', name, operator, value: Number(bytes.value), text: bytes.text };
  const value = parseSignedNumber(tokens);
  return { kind: 'number', name, operator, value, text: String(value) };
}

/** Parses `ip("…")`. */
export function parseIp(tokens: TokenReader): string {
  tokens.expect('ip');
  tokens.expect('(');
  const { value } = tokens.expect('STRING');
  tokens.expect(')');
  return String(value);
}

/** Parses a number with an optional sign. */
export function parseSignedNumber(tokens: TokenReader): number {
  const sign = tokens.peek() === '-' || tokens.peek() === '+' ? tokens.take().kind : '+';
  const parsed = parseFloat64(tokens.expect('NUMBER').text);
  if ('error' in parsed) throw new LogqlParseError(`unable to parse literal as a float: ${parsed.error}`);
  return sign === '-' ? -parsed.value : parsed.value;
}
