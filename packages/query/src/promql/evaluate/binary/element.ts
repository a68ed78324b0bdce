import { type Annotations, TEXTS } from '../../annotations.ts';
import { add, IncompatibleSchemaError, subtract } from '../../histogram/arithmetic.ts';
import { compact, divide, equalHistograms, type FloatHistogram, multiply } from '../../histogram/float-histogram.ts';
import { trimBuckets } from '../../histogram/trim.ts';
import type { ArithmeticOperator, BinaryOperator, ComparisonOperator, SetOperator, Span } from '../../parse/ast.ts';
import { quote } from '../../parse/literals.ts';

/** The operators that combine pairs of samples. */
export type ElementOperator = Exclude<BinaryOperator, SetOperator>;

/** The result for a pair of samples. A comparison that does not hold is not kept. */
export interface ElementResult {
  readonly sample: number | FloatHistogram;
  readonly keep: boolean;
}

/** The operators of numbers. */
export const ARITHMETIC: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': power,
  atan2: Math.atan2,
};

/** 1 to any power, and −1 to an infinite power, are 1 as in IEEE 754, but NaN in JavaScript. */
function power(a: number, b: number): number {
  return a === 1 || (a === -1 && !Number.isFinite(b) && !Number.isNaN(b)) ? 1 : a ** b;
}

export const COMPARISON: Readonly<Record<ComparisonOperator, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};

/** Combines two samples. Returns `undefined`, and notes why, if the operator does not apply to them. */
export function combineSamples(
  operator: ElementOperator,
  a: number | FloatHistogram,
  b: number | FloatHistogram,
  notes: { readonly annotations: Annotations; readonly span: Span },
): ElementResult | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    if (isArithmetic(operator)) return { sample: ARITHMETIC[operator](a, b), keep: true };
    if (isNumberComparison(operator)) return { sample: a, keep: COMPARISON[operator](a, b) };
    return incompatible(operator, 'float', 'float', notes);
  }
  if (typeof a === 'number') {
    if (operator === '*' && typeof b !== 'number') return { sample: compact(multiply(b, a)), keep: true };
    return incompatible(operator, 'float', 'histogram', notes);
  }
  return typeof b === 'number' ? withNumber(operator, a, b, notes) : withHistogram(operator, a, b, notes);
}

function withNumber(operator: ElementOperator, a: FloatHistogram, b: number, notes: Noted): ElementResult | undefined {
  switch (operator) {
    case '*':
      return { sample: compact(multiply(a, b)), keep: true };
    case '/':
      return { sample: compact(divide(a, b)), keep: true };
    case '</':
      return { sample: trimBuckets(a, b, 'upper'), keep: true };
    case '>/':
      return { sample: trimBuckets(a, b, 'lower'), keep: true };
    default:
      return incompatible(operator, 'histogram', 'float', notes);
  }
}

function withHistogram(
  operator: ElementOperator,
  a: FloatHistogram,
  b: FloatHistogram,
  notes: Noted,
): ElementResult | undefined {
  switch (operator) {
    case '==':
      return { sample: a, keep: equalHistograms(a, b) };
    case '!=':
      return { sample: a, keep: !equalHistograms(a, b) };
    case '+':
    case '-':
      return addOrSubtract(operator, a, b, notes);
    default:
      return incompatible(operator, 'histogram', 'histogram', notes);
  }
}

type Noted = Parameters<typeof combineSamples>[3];

function addOrSubtract(
  operator: '+' | '-',
  a: FloatHistogram,
  b: FloatHistogram,
  { annotations, span }: Noted,
): ElementResult | undefined {
  const operation = operator === '+' ? 'addition' : 'subtraction';
  try {
    const { histogram, resetsCollide, boundsReconciled } = operator === '+' ? add(a, b) : subtract(a, b);
    if (resetsCollide) annotations.warn(TEXTS.resetsCollide(operation), span);
    if (boundsReconciled) annotations.info(TEXTS.boundsReconciled(operation), span);
    const sample = operator === '-' ? { ...histogram, hint: 'gauge' as const } : histogram;
    return { sample: compact(sample), keep: true };
  } catch (error) {
    if (!(error instanceof IncompatibleSchemaError)) throw error;
    annotations.warn(`incompatible bucket layout encountered for binary operator ${operator}`, span);
    return undefined;
  }
}

function incompatible(operator: string, left: string, right: string, { annotations, span }: Noted): undefined {
  annotations.info(
    `incompatible sample types encountered for binary operator ${quote(operator)}: ${left} ${operator} ${right}`,
    span,
  );
  return undefined;
}

function isArithmetic(operator: ElementOperator): operator is ArithmeticOperator {
  return Object.hasOwn(ARITHMETIC, operator);
}

function isNumberComparison(operator: ElementOperator): operator is ComparisonOperator {
  return Object.hasOwn(COMPARISON, operator);
}

/** Reports whether the result is another metric than the operands. */
export function changesMetric(operator: BinaryOperator): boolean {
  return Object.hasOwn(ARITHMETIC, operator);
}
