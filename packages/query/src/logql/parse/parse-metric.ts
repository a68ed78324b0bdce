import type { BinaryOperator, Expr, Grouping, LogExpr, Matching, MetricExpr, Stage, Unwrap } from './ast.ts';
import { RANGE_OPERATORS, VECTOR_OPERATORS } from './ast.ts';
import { binaryOf, checkAggregate, checkRange } from './check.ts';
import { LogqlParseError } from './parse-error.ts';
import { parseLabelFilter, parseSignedNumber } from './parse-filter.ts';
import { parseLog, parsePipeline, parseSelector } from './parse-log.ts';
import type { TokenReader } from './tokens.ts';
import { parseFloat64 } from './units.ts';

/** The precedence of binary operators. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  ...Object.fromEntries(['==', '!=', '<', '<=', '>', '>='].map((operator) => [operator, 3])),
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
};
const RANGE: ReadonlySet<string> = new Set(RANGE_OPERATORS);
const VECTOR: ReadonlySet<string> = new Set(VECTOR_OPERATORS);

/** Parses an expression whose operators bind at least as tightly as `minimum`. */
export function parseExpr(tokens: TokenReader, minimum = 1): Expr {
  return tokens.nested(() => {
    let left = parsePrimary(tokens);
    for (;;) {
      const operator = tokens.peek();
      const precedence = Object.hasOwn(PRECEDENCE, operator) ? (PRECEDENCE[operator] ?? 0) : 0;
      if (precedence < minimum) return left;
      tokens.countOperator();
      tokens.take();
      const modifiers = parseModifiers(tokens);
      // `^` is right-associative.
      const right = parseExpr(tokens, operator === '^' ? precedence : precedence + 1);
      left = binaryOf(operator as BinaryOperator, left, right, modifiers);
    }
  });
}

function parsePrimary(tokens: TokenReader): Expr {
  const next = tokens.peek();
  if (next === '{') return parseLog(tokens);
  if (next === 'NUMBER' || next === '+' || next === '-') return { kind: 'literal', value: parseSignedNumber(tokens) };
  if (next === '(') {
    tokens.take();
    const inner = parseExpr(tokens);
    tokens.expect(')');
    return inner;
  }
  if (next === 'vector') return parseVector(tokens);
  if (next === 'label_replace') return parseLabelReplace(tokens);
  if (RANGE.has(next)) return parseRangeAggregation(tokens);
  if (VECTOR.has(next)) return parseVectorAggregation(tokens);
  return tokens.fail();
}

/** Parses an expression that is a number or vector. */
export function parseMetric(tokens: TokenReader): MetricExpr {
  const expr = parseExpr(tokens);
  return expr.kind === 'log' ? tokens.fail('RANGE') : expr;
}

function parseVector(tokens: TokenReader): MetricExpr {
  tokens.take();
  tokens.expect('(');
  const value = numberOf(tokens.expect('NUMBER').text);
  tokens.expect(')');
  return { kind: 'vector', value };
}

function parseLabelReplace(tokens: TokenReader): MetricExpr {
  tokens.take();
  tokens.expect('(');
  const expr = parseMetric(tokens);
  const texts = [1, 2, 3, 4].map(() => {
    tokens.expect(',');
    return String(tokens.expect('STRING').value);
  });
  tokens.expect(')');
  const [target = '', replacement = '', source = '', pattern = ''] = texts;
  return { kind: 'label-replace', expr, target, replacement, source, pattern };
}

function parseVectorAggregation(tokens: TokenReader): MetricExpr {
  const operator = tokens.take().kind;
  const before = parseGrouping(tokens);
  tokens.expect('(');
  // A number is a parameter only if a comma follows; otherwise it begins the expression.
  const parameter = tokens.peek() === 'NUMBER' && tokens.peek(1) === ',' ? tokens.take().text : undefined;
  if (parameter !== undefined) tokens.expect(',');
  const expr = parseMetric(tokens);
  tokens.expect(')');
  const grouping = before ?? parseGrouping(tokens);
  return checkAggregate({ kind: 'aggregate', operator, parameter: undefined, grouping, expr }, parameter);
}

function parseRangeAggregation(tokens: TokenReader): MetricExpr {
  const operator = tokens.take().kind;
  tokens.expect('(');
  const parameter = tokens.peek() === 'NUMBER' ? tokens.take().text : undefined;
  if (parameter !== undefined) tokens.expect(',');
  const range = parseRange(tokens);
  tokens.expect(')');
  const number = parameter === undefined ? undefined : numberOf(parameter);
  return checkRange({ kind: 'range', operator, parameter: number, ...range, grouping: parseGrouping(tokens) });
}

interface LogRange {
  readonly log: LogExpr;
  readonly unwrap: Unwrap | undefined;
  readonly rangeNanos: number;
  readonly offsetNanos: number;
}

/** Parses a selector with a range, which may stand before or after the pipeline, inside or outside of parentheses. */
function parseRange(tokens: TokenReader): LogRange {
  if (tokens.peek() === '(') {
    tokens.take();
    const inner = tokens.nested(() => parseParts(tokens));
    tokens.expect(')');
    return complete(tokens, inner.rangeNanos === undefined ? withRange(tokens, inner) : inner);
  }
  return complete(tokens, parseParts(tokens));
}

interface RangeParts {
  readonly log: LogExpr;
  readonly unwrap: Unwrap | undefined;
  readonly rangeNanos: number | undefined;
  readonly offsetNanos: number;
}

function parseParts(tokens: TokenReader): RangeParts {
  if (tokens.peek() === '(') return parseRange(tokens);
  const matchers = parseSelector(tokens);
  const start: RangeParts = { log: logOf(matchers, []), unwrap: undefined, rangeNanos: undefined, offsetNanos: 0 };
  const early = tokens.peek() === 'RANGE' ? withRange(tokens, start) : start;
  const stages = parsePipeline(tokens);
  const unwrap = parseUnwrap(tokens);
  const parts = { ...early, log: logOf(matchers, stages), unwrap };
  return early === start && tokens.peek() === 'RANGE' ? withRange(tokens, parts) : parts;
}

function logOf(matchers: LogExpr['matchers'], stages: readonly Stage[]): LogExpr {
  return { kind: 'log', matchers, stages };
}

function withRange(tokens: TokenReader, parts: RangeParts): RangeParts {
  if (tokens.peek() !== 'RANGE') return parts;
  const rangeNanos = Number(tokens.take().value);
  const offsetNanos = tokens.accept('offset') ? Number(tokens.expect('DURATION').value) : 0;
  const isAfter = parts.unwrap !== undefined || parts.log.stages.length > 0;
  const unwrap = isAfter ? parts.unwrap : undefined;
  return { ...parts, unwrap, rangeNanos, offsetNanos };
}

function complete(tokens: TokenReader, parts: RangeParts): LogRange {
  // Behind parentheses with a selector alone, an unwrap can follow the range.
  const unwrap = parts.unwrap ?? parseUnwrap(tokens);
  const { rangeNanos } = parts;
  if (rangeNanos === undefined) return tokens.fail('RANGE');
  if (rangeNanos === 0) throw new LogqlParseError('duration must be greater than 0');
  return { ...parts, unwrap, rangeNanos };
}

function parseUnwrap(tokens: TokenReader): Unwrap | undefined {
  if (tokens.peek() !== '|' || tokens.peek(1) !== 'unwrap') return undefined;
  tokens.take();
  tokens.take();
  const conversion = ['bytes', 'duration', 'duration_seconds'].includes(tokens.peek())
    ? (tokens.take().kind as 'bytes')
    : undefined;
  if (conversion !== undefined) tokens.expect('(');
  const { text: label } = tokens.expect('IDENTIFIER');
  if (conversion !== undefined) tokens.expect(')');
  const filters = [];
  while (tokens.accept('|')) filters.push(parseLabelFilter(tokens));
  return { label, conversion, filters };
}

function parseGrouping(tokens: TokenReader): Grouping | undefined {
  const next = tokens.peek();
  if (next !== 'by' && next !== 'without') return undefined;
  tokens.take();
  return { without: next === 'without', labels: parseLabels(tokens) };
}

function parseLabels(tokens: TokenReader): string[] {
  tokens.expect('(');
  if (tokens.accept(')')) return [];
  const labels = [tokens.expect('IDENTIFIER').text];
  while (tokens.accept(',')) labels.push(tokens.expect('IDENTIFIER').text);
  tokens.expect(')', ',');
  return labels;
}

function parseModifiers(tokens: TokenReader): { readonly returnBool: boolean; readonly matching: Matching } {
  const returnBool = tokens.accept('bool') !== undefined;
  const matching: Matching = { cardinality: 'one-to-one', on: false, labels: [], include: [] };
  if (tokens.peek() !== 'on' && tokens.peek() !== 'ignoring') return { returnBool, matching };
  const on = tokens.take().kind === 'on';
  const labels = parseLabels(tokens);
  const side = tokens.peek();
  if (side !== 'group_left' && side !== 'group_right') return { returnBool, matching: { ...matching, on, labels } };
  tokens.take();
  // Without labels, parentheses may belong to the expression that follows.
  const hasList = tokens.peek() === '(' && (tokens.peek(1) === ')' || tokens.peek(1) === 'IDENTIFIER');
  const include = hasList ? parseLabels(tokens) : [];
  const cardinality = side === 'group_left' ? 'many-to-one' : 'one-to-many';
  return { returnBool, matching: { cardinality, on, labels, include } };
}

function numberOf(text: string): number {
  const parsed = parseFloat64(text);
  if ('value' in parsed) return parsed.value;
  throw new LogqlParseError(`unable to parse literal as a float: ${parsed.error}`);
}
