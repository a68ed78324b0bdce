import { formatDecimal } from '../../../promql/format-number.ts';
import type { Matcher } from '../../../promql/labels/matcher.ts';
import type { Duration, Expr, TimeModifiers, VectorSelector } from '../../../promql/parse/ast.ts';
import { ALL_FEATURES } from '../../../promql/parse/options.ts';
import { parsePromql } from '../../../promql/parse/parse.ts';
import { prettify } from '../../../promql/parse/prettify.ts';
import { SIGNATURES } from '../../../promql/parse/signatures.ts';
import type { PrometheusHandler } from '../context.ts';

/** `format_query`: formats an expression for people. */
export const formatQuery: PrometheusHandler = ({ parameters }) =>
  prettify(parsePromql(parameters.get('query') ?? '', ALL_FEATURES));

/** `parse_query`: returns the syntax tree of an expression. */
export const parseQuery: PrometheusHandler = ({ parameters }) =>
  treeOf(parsePromql(parameters.get('query') ?? '', ALL_FEATURES));

function treeOf(expr: Expr): object {
  switch (expr.kind) {
    case 'number':
      return { type: 'numberLiteral', val: formatDecimal(expr.value) };
    case 'string':
      return { type: 'stringLiteral', val: expr.value };
    case 'paren':
      return { type: 'parenExpr', expr: treeOf(expr.expr) };
    case 'unary':
      return { type: 'unaryExpr', op: expr.operator, expr: treeOf(expr.expr) };
    case 'selector':
      return {
        type: 'vectorSelector',
        name: expr.name,
        ...timesOf(expr),
        ...extensionOf(expr),
        matchers: expr.matchers.map(matcherOf),
      };
    case 'matrix': {
      const { selector, range } = expr;
      const matchers = selector.matchers.map(matcherOf);
      const times = { range: millisOf(range), rangeExpr: null, ...timesOf(selector), ...extensionOf(selector) };
      return { type: 'matrixSelector', name: selector.name, ...times, matchers };
    }
    case 'subquery': {
      const [range, step] = [millisOf(expr.range), millisOf(expr.step)];
      return { type: 'subquery', expr: treeOf(expr.expr), range, step, ...timesOf(expr) };
    }
    case 'aggregate': {
      const param = expr.parameter === undefined ? null : treeOf(expr.parameter);
      const { operator: op, grouping, without } = expr;
      return { type: 'aggregation', op, expr: treeOf(expr.expr), param, grouping, without };
    }
    case 'call':
      return { type: 'call', func: functionOf(expr.name), args: expr.args.map(treeOf) };
    case 'binary':
      return {
        type: 'binaryExpr',
        op: expr.operator,
        lhs: treeOf(expr.left),
        rhs: treeOf(expr.right),
        matching: matchingOf(expr),
        bool: expr.returnBool,
      };
  }
}

function functionOf(name: string): object {
  const { args = [], variadic = 0, returns = 'vector' } = SIGNATURES.get(name) ?? {};
  return { name, argTypes: args, variadic, returnType: returns };
}

function matchingOf({ matching }: Extract<Expr, { kind: 'binary' }>): object | null {
  if (matching === undefined) return null;
  const { cardinality, labels, on, include, fillLeft, fillRight } = matching;
  return { card: cardinality, labels, on, include, fillValues: { lhs: fillLeft ?? null, rhs: fillRight ?? null } };
}

function timesOf({ offset, at }: TimeModifiers): object {
  const isNumber = typeof at === 'number';
  return {
    offset: millisOf(offset),
    timestamp: isNumber ? at : null,
    startOrEnd: isNumber || at === undefined ? null : at,
  };
}

/** Expressions in durations are evaluated, and not returned. */
function extensionOf({ extension }: VectorSelector): object {
  return { anchored: extension === 'anchored', smoothed: extension === 'smoothed', offsetExpr: null };
}

function millisOf(duration: Duration | undefined): number {
  return duration?.kind === 'number' ? duration.value * 1000 : 0;
}

function matcherOf({ name, operator, value }: Matcher): object {
  return { name, value, type: operator };
}
