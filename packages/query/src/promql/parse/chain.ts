import type { SyntaxNode } from '@lezer/common';
import type { BinaryExpr, BinaryOperator, Expr } from './ast.ts';
import { childNodes } from './tree.ts';

/** A modifier after an operand: a range, `offset`, `@`, `anchored` or `smoothed`. */
export interface Postfix {
  readonly kind: 'postfix';
  readonly node: SyntaxNode;
}

/** An operand, operator or modifier, in the order of the query text. */
export type ChainItem =
  | { readonly kind: 'operand'; readonly node: SyntaxNode }
  | { readonly kind: 'sign'; readonly operator: '+' | '-'; readonly start: number }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly node: SyntaxNode }
  | Postfix;

const POSTFIX: ReadonlySet<string> = new Set(
  'OffsetExpr StepInvariantExpr MatrixSelector SubqueryExpr AnchoredExpr SmoothedExpr'.split(' '),
);

/**
 * Returns the items of an expression in the order of the query. The grammar, which is made for an editor, binds
 * modifiers and signs in a different order than Prometheus: `a + b offset 5m` as `(a + b) offset 5m`, and `-1 ^ 2` as
 * `(-1) ^ 2`. `buildChain` binds them again.
 */
export function flattenChain(node: SyntaxNode, query: string): ChainItem[] {
  if (node.name === 'UnaryExpr') {
    const [operator, operand] = childNodes(node);
    if (operator === undefined || operand === undefined) return [];
    return [signOf(query, operator), ...flattenChain(operand, query)];
  }
  if (node.name === 'BinaryExpr') {
    const children = childNodes(node);
    const [left, operatorNode] = children;
    const right = children.at(-1);
    if (left === undefined || operatorNode === undefined || right === undefined) return [];
    const operator = query.slice(operatorNode.from, operatorNode.to).toLowerCase() as BinaryOperator;
    return [...flattenChain(left, query), { kind: 'binary', operator, node }, ...flattenChain(right, query)];
  }
  if (POSTFIX.has(node.name)) {
    const [operand] = childNodes(node);
    return operand === undefined ? [] : [...flattenChain(operand, query), { kind: 'postfix', node }];
  }
  return [{ kind: 'operand', node }];
}

function signOf(query: string, node: SyntaxNode): ChainItem {
  return { kind: 'sign', operator: query.startsWith('-', node.from) ? '-' : '+', start: node.from };
}

const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<=': 3,
  '<': 3,
  '>=': 3,
  '>': 3,
  '</': 3,
  '>/': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};

type Operand = Extract<ChainItem, { kind: 'operand' }>;
type Operator = Extract<ChainItem, { kind: 'binary' }>;

/** How the parts of a chain are converted. */
export interface ChainParts {
  operand(item: Operand): Expr;
  /** Reports whether a number has a sign. */
  hasSign(item: Operand): boolean;
  modifiers(item: Operator): Pick<BinaryExpr, 'matching' | 'returnBool' | 'operatorSpan'>;
  postfix(expr: Expr, item: Postfix): Expr;
}

/** Builds the expression of a chain with the precedence of Prometheus. */
export function buildChain(items: readonly ChainItem[], parts: ChainParts): Expr {
  let position = 0;

  const binary = (minimum: number): Expr => {
    let left = signed();
    for (;;) {
      const item = items[position];
      if (item?.kind !== 'binary') return left;
      const precedence = PRECEDENCE[item.operator];
      if (precedence < minimum) return left;
      position += 1;
      // Powers are right-associative, all other operators left-associative.
      const right = binary(item.operator === '^' ? precedence : precedence + 1);
      const span = { start: left.start, end: right.end };
      left = { kind: 'binary', operator: item.operator, left, right, ...parts.modifiers(item), ...span };
    }
  };

  const signed = (): Expr => {
    const item = items[position];
    position += 1;
    if (item?.kind === 'sign') return withSign(item.operator, item.start, binary(PRECEDENCE['^']));
    if (item?.kind !== 'operand') throw new Error(`expected an operand in a query, got ${item?.kind}`);
    const operand = parts.operand(item);
    if (operand.kind === 'number' && parts.hasSign(item)) return splitLiteral(operand);
    return postfixes(operand);
  };

  /** A sign that the grammar read as part of a number binds less tightly than a power. */
  const splitLiteral = (literal: Extract<Expr, { kind: 'number' }>): Expr => {
    if (items[position]?.kind !== 'binary' || (items[position] as Operator).operator !== '^') return postfixes(literal);
    const isNegative = literal.value < 0 || Object.is(literal.value, -0);
    const unsigned = { ...literal, value: Math.abs(literal.value), start: literal.start + 1 };
    position += 1;
    const power = items[position - 1] as Operator;
    const right = binary(PRECEDENCE['^']);
    const span = { start: unsigned.start, end: right.end };
    const expr: Expr = { kind: 'binary', operator: '^', left: unsigned, right, ...parts.modifiers(power), ...span };
    return withSign(isNegative ? '-' : '+', literal.start, expr);
  };

  const postfixes = (operand: Expr): Expr => {
    let expr = operand;
    for (let item = items[position]; item?.kind === 'postfix'; item = items[position]) {
      position += 1;
      expr = parts.postfix(expr, item);
    }
    return expr;
  };

  return binary(0);
}

function withSign(operator: '+' | '-', start: number, expr: Expr): Expr {
  // A literal with a sign is a number, as in Prometheus.
  if (expr.kind === 'number') return { ...expr, value: operator === '-' ? -expr.value : expr.value, start };
  return { kind: 'unary', operator, expr, start, end: expr.end };
}
