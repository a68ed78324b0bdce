import { arithmetic } from '../values/arithmetic.ts';
import { isNumeric, type Static } from '../values/static.ts';
import type {
  ArithmeticOperator,
  ComparisonOperator,
  MathOperator,
  MetricsExpression,
  ScalarExpression,
  SpansetExpression,
  StructuralMode,
  StructuralRelation,
} from './ast.ts';
import type { Operand } from './operand.ts';

/** Precedence of the operators between operands; a larger number binds tighter. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  ...{ '&&': 1, '||': 1 },
  ...{ '=': 2, '!=': 2, '<': 2, '<=': 2, '>': 2, '>=': 2 },
  ...{ '>>': 2, '<<': 2, '~': 2, '!>': 2, '!<': 2, '!>>': 2, '!<<': 2, '!~': 2 },
  ...{ '&>': 2, '&<': 2, '&>>': 2, '&<<': 2, '&~': 2 },
  ...{ '+': 3, '-': 3 },
  ...{ '*': 4, '/': 4, '%': 4 },
  '^': 5,
};
const COMPARISONS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);
const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '^']);
const MATH: ReadonlySet<string> = new Set(['+', '-', '*', '/']);

/** Returns the precedence of an operator, or `undefined` if the symbol is none. */
export function precedenceOf(symbol: string): number | undefined {
  return Object.hasOwn(PRECEDENCE, symbol) ? PRECEDENCE[symbol] : undefined;
}

/** Reports whether a symbol compares values. */
export function isComparison(symbol: string): symbol is ComparisonOperator {
  return COMPARISONS.has(symbol);
}

/**
 * Combines two operands. Returns `undefined` if the operator does not accept them, and a string if it does but there is
 * no result.
 */
export function combine(operator: string, left: Operand, right: Operand): Operand | string | undefined {
  const [l, r] = [spansetOf(left), spansetOf(right)];
  if (l !== undefined && r !== undefined) return combineSpansets(operator, l, r);
  if (left.type === 'constant' && right.type === 'constant') return combineConstants(operator, left.value, right.value);
  if (left.type === 'metrics' || right.type === 'metrics') return combineMetrics(operator, left, right);
  const scalars = scalarsOf(left, right);
  if (scalars === undefined) return undefined;
  if (isComparison(operator)) {
    return { type: 'element', value: { kind: 'scalar-filter', operator, left: scalars.left, right: scalars.right } };
  }
  if (!ARITHMETIC.has(operator)) return undefined;
  const value = { kind: 'arithmetic', operator: operator as ArithmeticOperator, ...scalars } as const;
  return { type: left.type === 'scalar-pipeline' ? 'scalar-pipeline' : 'scalar', value };
}

/** Returns an operand as a set of spans, if it is one. */
function spansetOf(operand: Operand): SpansetExpression | undefined {
  if (operand.type === 'spanset') return operand.value;
  return operand.type === 'pipeline' ? { kind: 'pipeline', pipeline: operand.value } : undefined;
}

function combineSpansets(operator: string, left: SpansetExpression, right: SpansetExpression): Operand | undefined {
  if (operator === '&&') return { type: 'spanset', value: { kind: 'both', left, right } };
  if (operator === '||') return { type: 'spanset', value: { kind: 'either', left, right } };
  const mode: StructuralMode = operator.startsWith('!') ? '!' : operator.startsWith('&') ? '&' : '';
  const relation = operator.slice(mode.length);
  if (!['>', '<', '>>', '<<', '~'].includes(relation)) return undefined;
  return {
    type: 'spanset',
    value: { kind: 'structural', relation: relation as StructuralRelation, mode, left, right },
  };
}

function combineConstants(operator: string, left: Static, right: Static): Operand | string | undefined {
  if (!MATH.has(operator)) return undefined;
  if (left.type === 'duration' || right.type === 'duration') return 'arithmetic on durations is not supported';
  if (operator === '/' && left.type === 'int' && right.type === 'int' && right.value === 0n) return 'division by zero';
  const value = arithmetic(operator as MathOperator, left, right);
  return { type: 'constant', value };
}

function combineMetrics(operator: string, left: Operand, right: Operand): Operand | string | undefined {
  if (!MATH.has(operator)) return undefined;
  const math = operator as MathOperator;
  if (left.type === 'metrics' && right.type === 'metrics') {
    return {
      type: 'metrics',
      value: { kind: 'math', operator: math, left: left.value, right: right.value, stages: [] },
    };
  }
  if (left.type === 'metrics' && right.type === 'constant') return scaled(math, left.value, right.value, false);
  if (left.type === 'constant' && right.type === 'metrics') return scaled(math, right.value, left.value, true);
  return undefined;
}

function scaled(
  operator: MathOperator,
  metrics: MetricsExpression,
  constant: Static,
  scalarOnLeft: boolean,
): Operand | string {
  if (!isNumeric(constant) || constant.type === 'duration') return 'expected a number, got a duration';
  const stage = { kind: 'scalar', operator, value: Number(constant.value), scalarOnLeft } as const;
  return { type: 'metrics', value: { ...metrics, stages: [...metrics.stages, stage] } };
}

/** Returns two operands as scalars: aggregates with aggregates or constants, pipelines with pipelines or constants. */
function scalarsOf(
  left: Operand,
  right: Operand,
): { readonly left: ScalarExpression; readonly right: ScalarExpression } | undefined {
  const isScalar = left.type === 'scalar' || right.type === 'scalar';
  if (isScalar) {
    const [l, r] = [left, right].map(plainScalar);
    return l === undefined || r === undefined ? undefined : { left: l, right: r };
  }
  if (left.type !== 'scalar-pipeline') return undefined;
  const r = right.type === 'scalar-pipeline' ? right.value : plainScalar(right);
  return r === undefined ? undefined : { left: left.value, right: r };
}

function plainScalar(operand: Operand): ScalarExpression | undefined {
  if (operand.type === 'scalar') return operand.value;
  return operand.type === 'constant' ? { kind: 'static', value: operand.value } : undefined;
}
