import { METRIC_NAME } from '../labels/labels.ts';
import { matches } from '../labels/matcher.ts';
import {
  type AggregateExpr,
  type BinaryExpr,
  type CallExpr,
  type Expr,
  isComparison,
  isSetOperator,
  type Span,
  type ValueType,
  type VectorSelector,
} from './ast.ts';
import { quote } from './literals.ts';
import { PromqlParseError } from './parse-error.ts';
import { SIGNATURES } from './signatures.ts';

/** Returns the type of an expression's value. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
    case 'aggregate':
      return 'vector';
    case 'matrix':
    case 'subquery':
      return 'matrix';
    case 'paren':
    case 'unary':
      return typeOf(expr.expr);
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
    case 'call':
      return SIGNATURES.get(expr.name)?.returns ?? 'vector';
  }
}

/** The names of types in error messages. */
const DOCUMENTED: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

/** Checks the types in an expression. Throws a `PromqlParseError` for the first error. */
export function checkExpr(query: string, expr: Expr): ValueType {
  return new Checker(query).check(expr);
}

class Checker {
  readonly #query: string;

  constructor(query: string) {
    this.#query = query;
  }

  check(expr: Expr): ValueType {
    switch (expr.kind) {
      case 'aggregate':
        this.#aggregate(expr);
        break;
      case 'binary':
        this.#binary(expr);
        break;
      case 'call':
        this.#call(expr);
        break;
      case 'unary': {
        const type = this.check(expr.expr);
        if (type === 'scalar' || type === 'vector') break;
        throw this.#error(
          expr,
          `unary expression only allowed on expressions of type scalar or instant vector, got "${DOCUMENTED[type]}"`,
        );
      }
      case 'subquery': {
        const type = this.check(expr.expr);
        if (type !== 'vector')
          throw this.#error(expr, `subquery is only allowed on instant vector, got ${type} instead`);
        break;
      }
      case 'paren':
        this.check(expr.expr);
        break;
      case 'matrix':
        this.#selector(expr.selector);
        break;
      case 'selector':
        this.#selector(expr);
        break;
      default:
    }
    return typeOf(expr);
  }

  #error(span: Span, reason: string): PromqlParseError {
    return new PromqlParseError(this.#query, span, reason);
  }

  #expect(expr: Expr, want: ValueType, context: string): void {
    const type = this.check(expr);
    if (type !== want)
      throw this.#error(expr, `expected type ${DOCUMENTED[want]} in ${context}, got ${DOCUMENTED[type]}`);
  }

  #aggregate({ operator, expr, parameter }: AggregateExpr): void {
    this.#expect(expr, 'vector', 'aggregation expression');
    if (parameter === undefined) return;
    this.#expect(parameter, operator === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
  }

  #binary(expr: BinaryExpr): void {
    const { operator, left, right, returnBool, matching, operatorSpan } = expr;
    const [leftType, rightType] = [this.check(left), this.check(right)];
    if (returnBool && !isComparison(operator)) {
      throw this.#error(operatorSpan, 'bool modifier can only be used on comparison operators');
    }
    const isScalar = leftType === 'scalar' && rightType === 'scalar';
    if (isScalar && isComparison(operator) && !returnBool) {
      throw this.#error(operatorSpan, 'comparisons between scalars must use BOOL modifier');
    }
    const twice = matching?.on === true ? matching.labels.find((label) => matching.include.includes(label)) : undefined;
    if (twice !== undefined) {
      throw this.#error(operatorSpan, `label ${quote(twice)} must not occur in ON and GROUP clause at once`);
    }
    for (const [side, type] of [
      [left, leftType],
      [right, rightType],
    ] as const) {
      if (type === 'scalar' || type === 'vector') continue;
      throw this.#error(side, 'binary expression must contain only scalar and instant vector types');
    }
    if (leftType === 'vector' && rightType === 'vector') this.#vectorMatching(expr);
    else this.#scalarMatching(expr);
  }

  #scalarMatching(expr: BinaryExpr): void {
    const { operator, matching } = expr;
    if (matching !== undefined && matching.labels.length > 0) {
      throw this.#error(expr, 'vector matching only allowed between instant vectors');
    }
    if (matching?.fillLeft !== undefined || matching?.fillRight !== undefined) {
      throw this.#error(expr, 'filling in missing series only allowed between instant vectors');
    }
    if (isSetOperator(operator)) {
      throw this.#error(expr, `set operator ${quote(operator)} not allowed in binary scalar expression`);
    }
  }

  #vectorMatching(expr: BinaryExpr): void {
    const { operator, matching } = expr;
    if (matching === undefined || !isSetOperator(operator)) return;
    if (matching.cardinality === 'many-to-one' || matching.cardinality === 'one-to-many') {
      throw this.#error(expr, `no grouping allowed for ${quote(operator)} operation`);
    }
    if (matching.fillLeft !== undefined || matching.fillRight !== undefined) {
      throw this.#error(expr, 'filling in missing series not allowed for set operators');
    }
  }

  #call(expr: CallExpr): void {
    const { name, args } = expr;
    const signature = SIGNATURES.get(name);
    if (signature === undefined) throw this.#error(expr, `unknown function with name ${quote(name)}`);
    const { args: types, variadic } = signature;
    if (variadic === 0 && types.length !== args.length) {
      throw this.#error(expr, `expected ${types.length} argument(s) in call to ${quote(name)}, got ${args.length}`);
    }
    const minimum = types.length - 1;
    if (variadic !== 0 && args.length < minimum) {
      throw this.#error(expr, `expected at least ${minimum} argument(s) in call to ${quote(name)}, got ${args.length}`);
    }
    if (variadic > 0 && args.length > minimum + variadic) {
      throw this.#error(
        expr,
        `expected at most ${minimum + variadic} argument(s) in call to ${quote(name)}, got ${args.length}`,
      );
    }
    for (const [index, arg] of args.entries()) {
      if (name === 'info' && index === 1) this.#infoSelector(arg);
      else this.#expect(arg, types[Math.min(index, types.length - 1)] ?? 'vector', `call to function ${quote(name)}`);
    }
  }

  #infoSelector(expr: Expr): void {
    if (expr.kind !== 'selector') throw this.#error(expr, 'expected label selectors only');
    if (expr.name !== '') throw this.#error(expr, 'expected label selectors only, got vector selector instead');
  }

  #selector(selector: VectorSelector): void {
    const { name, matchers } = selector;
    if (name !== '') {
      const other = matchers.slice(0, -1).find((matcher) => matcher.name === METRIC_NAME);
      if (other === undefined) return;
      throw this.#error(selector, `metric name must not be set twice: ${quote(name)} or ${quote(other.value)}`);
    }
    if (matchers.some((matcher) => !matches(matcher, ''))) return;
    throw this.#error(selector, 'vector selector must contain at least one non-empty matcher');
  }
}
