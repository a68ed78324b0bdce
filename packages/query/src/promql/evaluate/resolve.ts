import { PromqlExecutionError } from '../errors.ts';
import type { Duration, DurationExpr, Expr, NumberLiteral, TimeModifiers } from '../parse/ast.ts';
import { MAX_DURATION_MILLIS } from '../parse/literals.ts';

/** The range of a query, in milliseconds. The step of an instant query is 0. */
export interface QueryRange {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/**
 * Replaces what depends only on the range of the query with its value: `start()`, `end()`, `range()`, `step()`, the times
 * `@ start()` and `@ end()`, and arithmetic in durations. Throws a `PromqlExecutionError` for an invalid duration.
 */
export function resolveExpr(expr: Expr, range: QueryRange): Expr {
  const resolve = (child: Expr): Expr => resolveExpr(child, range);
  switch (expr.kind) {
    case 'number':
    case 'string':
      return expr;
    case 'selector':
      return { ...expr, ...resolveTimes(expr, range) };
    case 'matrix':
      return {
        ...expr,
        selector: { ...expr.selector, ...resolveTimes(expr.selector, range) },
        range: resolveDuration(expr.range, range, false),
      };
    case 'subquery': {
      const step = expr.step === undefined ? undefined : resolveDuration(expr.step, range, false);
      const span = resolveDuration(expr.range, range, false);
      return { ...expr, ...resolveTimes(expr, range), expr: resolve(expr.expr), range: span, step };
    }
    case 'paren':
    case 'unary':
      return { ...expr, expr: resolve(expr.expr) };
    case 'binary':
      return { ...expr, left: resolve(expr.left), right: resolve(expr.right) };
    case 'aggregate': {
      const parameter = expr.parameter === undefined ? undefined : resolve(expr.parameter);
      return { ...expr, expr: resolve(expr.expr), parameter };
    }
    case 'call': {
      const constant = CONSTANTS[expr.name];
      if (constant === undefined) return { ...expr, args: expr.args.map(resolve) };
      return { kind: 'number', value: constant(range), isDuration: false, start: expr.start, end: expr.end };
    }
  }
}

const CONSTANTS: Readonly<Record<string, (range: QueryRange) => number>> = {
  start: ({ start }) => start / 1000,
  end: ({ end }) => end / 1000,
  range: ({ start, end }) => (end - start) / 1000,
  step: ({ start, end, step }) => (start === end ? 0 : step / 1000),
};

function resolveTimes({ offset, at }: TimeModifiers, range: QueryRange): TimeModifiers {
  return {
    offset: offset === undefined ? undefined : resolveDuration(offset, range, true),
    at: at === 'start' ? range.start : at === 'end' ? range.end : at,
  };
}

function resolveDuration(duration: Duration, range: QueryRange, mayBeNegative: boolean): NumberLiteral {
  if (duration.kind === 'number') return duration;
  const { start, end } = duration;
  // Positions are byte offsets here, because the durations have no line and column in Prometheus.
  const fail = (reason: string): PromqlExecutionError => new PromqlExecutionError(`${start}:${end}: ${reason}`);
  const seconds = evaluateDuration(duration, range);
  if (!Number.isFinite(seconds)) throw fail('duration is NaN or infinite');
  if (seconds <= 0 && !mayBeNegative) throw fail('duration must be greater than 0');
  if (Math.abs(seconds) * 1000 > MAX_DURATION_MILLIS) throw fail('duration is out of range');
  return { kind: 'number', value: Math.trunc(seconds * 1000) / 1000, isDuration: true, start, end };
}

function evaluateDuration(duration: Duration, range: QueryRange): number {
  if (duration.kind === 'number') return duration.value;
  const { operator, left, right } = duration;
  if (operator === 'step') return range.step / 1000;
  if (operator === 'range') return (range.end - range.start) / 1000;
  const b = right === undefined ? 0 : evaluateDuration(right, range);
  if (left === undefined) return operator === '-' ? -b : b;
  return OPERATIONS[operator](evaluateDuration(left, range), b, duration);
}

type Operation = (a: number, b: number, duration: DurationExpr) => number;

const OPERATIONS: Readonly<Record<Exclude<DurationExpr['operator'], 'step' | 'range'>, Operation>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b, duration) => a / divisor(b, duration, 'division by zero'),
  '%': (a, b, duration) => a % divisor(b, duration, 'modulo by zero'),
  '^': (a, b) => a ** b,
  min_of: (a, b) => Math.min(a, b),
  max_of: (a, b) => Math.max(a, b),
};

function divisor(value: number, { start, end }: DurationExpr, reason: string): number {
  if (value !== 0) return value;
  throw new PromqlExecutionError(`${start}:${end}: ${reason}`);
}

/** Returns a resolved duration in milliseconds. */
export function millisOf(duration: Duration | undefined): number {
  return duration?.kind === 'number' ? Math.trunc(duration.value * 1000 + Math.sign(duration.value) * 1e-6) : 0;
}
