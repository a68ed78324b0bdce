import { compilePattern } from '@otelier/query/pattern';
import { EvaluationError, isList, isMap, Time, typeName, type Value, type ValueMap } from '../../ottl/values/value.ts';
import { Entry } from '../entry/entry.ts';
import { BUILTINS } from './builtins.ts';
import { memberOf, sliceOf } from './members.ts';
import { binaryOperation, negate } from './operations.ts';
import { parseExpression } from './parser.ts';
import { PREDICATE_FUNCTIONS } from './predicates.ts';
import type { Environment, Evaluate } from './scope.ts';
import { type Expression, ExpressionError } from './syntax.ts';

const NO_VARIABLES: ReadonlyMap<string, Value> = new Map();

/**
 * Compiles an expression in the syntax of expr-lang over `body`, `attributes`, `resource` and `timestamp`. Throws an
 * `ExpressionError`; the compiled function throws an `EvaluationError`.
 */
export function compileExpression(text: string, environment: Environment): (entry: Entry) => Value {
  const evaluate = compile(parseExpression(text), []);
  return (entry) =>
    evaluate({
      entry,
      environment,
      variables: NO_VARIABLES,
      element: undefined,
      index: 0,
      accumulator: undefined,
    });
}

/** The record of expressions that are over other variables. */
const NO_ENTRY = new Entry(undefined, 0n);

/**
 * Compiles an expression over variables with given names, without access to the environment. Variables that have no value are
 * nil. Throws an `ExpressionError`; the compiled function throws an `EvaluationError`.
 */
export function compileOverVariables(
  text: string,
  names: readonly string[],
): (variables: ReadonlyMap<string, Value>) => Value {
  const evaluate = compile(parseExpression(text), names);
  const rest = { entry: NO_ENTRY, environment: {}, element: undefined, index: 0, accumulator: undefined };
  return (variables) => evaluate({ ...rest, variables });
}

/** Compiles an expression whose result is a boolean. Throws an `ExpressionError`. */
export function compileCondition(text: string, environment: Environment): (entry: Entry) => boolean {
  const evaluate = compileExpression(text, environment);
  return (entry) => {
    const result = evaluate(entry);
    if (typeof result === 'boolean') return result;
    throw new EvaluationError(`expected a boolean from "${text}", got ${typeName(result)}`);
  };
}

function compile(expression: Expression, names: readonly string[]): Evaluate {
  const sub = (part: Expression) => compile(part, names);
  switch (expression.kind) {
    case 'constant': {
      const { value } = expression;
      return () => value;
    }
    case 'name':
      return variable(expression.name, names);
    case 'element':
      return element(expression.name);
    case 'member': {
      const { isOptional } = expression;
      const object = sub(expression.object);
      const key = sub(expression.key);
      const allowsNil = isOptional || endsOptional(expression.object);
      return (scope) => {
        const target = object(scope);
        return target === undefined && allowsNil ? undefined : memberOf(target, key(scope));
      };
    }
    case 'slice': {
      const object = sub(expression.object);
      const from = expression.from && sub(expression.from);
      const to = expression.to && sub(expression.to);
      return (scope) => sliceOf(object(scope), from?.(scope), to?.(scope));
    }
    case 'call':
      return call(expression.name, expression.args, names);
    case 'predicate':
      return sub(expression.body);
    case 'unary':
      return unary(expression.operator, sub(expression.operand));
    case 'binary':
      return binary(expression.operator, expression.left, expression.right, sub);
    case 'choice': {
      const condition = sub(expression.condition);
      const yes = sub(expression.yes);
      const no = sub(expression.no);
      return (scope) => (booleanOf(condition(scope)) ? yes(scope) : no(scope));
    }
    case 'let': {
      const { name } = expression;
      const value = sub(expression.value);
      const body = compile(expression.body, [...names, name]);
      return (scope) => body({ ...scope, variables: new Map([...scope.variables, [name, value(scope)]]) });
    }
    case 'list': {
      const elements = expression.elements.map(sub);
      return (scope) => elements.map((evaluate) => evaluate(scope));
    }
    case 'map': {
      const entries = expression.entries.map(([key, value]) => [sub(key), sub(value)] as const);
      return (scope) => new Map(entries.map(([key, value]) => [String(key(scope)), value(scope)]));
    }
  }
}

/** Reports whether a chain such as `a?.b.c` stops at nil. */
function endsOptional(expression: Expression): boolean {
  return expression.kind === 'member' && (expression.isOptional || endsOptional(expression.object));
}

const EMPTY: ValueMap = new Map();

function variable(name: string, names: readonly string[]): Evaluate {
  if (names.includes(name)) return ({ variables }) => variables.get(name);
  switch (name) {
    case 'body':
    case '$':
      return ({ entry }) => entry.body;
    case 'attributes':
    case 'resource':
      return ({ entry }) => entry[name] ?? EMPTY;
    case 'timestamp':
      return ({ entry }) => new Time(entry.timeNanos ?? ZERO_TIME_NANOS);
    case '$env':
      return ({ entry }) =>
        new Map<string, Value>([
          ['$', entry.body],
          ['body', entry.body],
          ['attributes', entry.attributes],
          ['resource', entry.resource],
        ]);
    default:
      return () => undefined;
  }
}

/** The zero time of Go: the first of January in the year 1. */
const ZERO_TIME_NANOS = -62_135_596_800n * 1_000_000_000n;

function element(name: 'value' | 'acc' | 'index'): Evaluate {
  if (name === 'acc') return ({ accumulator }) => accumulator;
  return name === 'index' ? ({ index }) => BigInt(index) : (scope) => scope.element;
}

function call(name: string, args: readonly Expression[], names: readonly string[]): Evaluate {
  const predicated = Object.hasOwn(PREDICATE_FUNCTIONS, name) ? PREDICATE_FUNCTIONS[name] : undefined;
  const evaluators = args.map((arg) => compile(arg, names));
  if (predicated !== undefined) {
    const [list, ...rest] = evaluators;
    if (list === undefined) throw new ExpressionError(`expected arguments of ${name}()`);
    return (scope) => predicated(list(scope), scope, rest);
  }
  if (name === 'env') {
    return (scope) => {
      const key = evaluators[0]?.(scope);
      return typeof key === 'string' ? (scope.environment[key] ?? '') : '';
    };
  }
  const builtin = Object.hasOwn(BUILTINS, name) ? BUILTINS[name] : undefined;
  if (builtin === undefined) throw new ExpressionError(`expected a known function, got "${name}"`);
  return (scope) => builtin(...evaluators.map((evaluate) => evaluate(scope)));
}

function unary(operator: string, operand: Evaluate): Evaluate {
  if (operator === 'not') return (scope) => !booleanOf(operand(scope));
  return operator === '-' ? (scope) => negate(operand(scope)) : operand;
}

function binary(
  operator: string,
  leftPart: Expression,
  rightPart: Expression,
  sub: (part: Expression) => Evaluate,
): Evaluate {
  const left = sub(leftPart);
  const right = sub(rightPart);
  switch (operator) {
    case 'and':
    case '&&':
      return (scope) => booleanOf(left(scope)) && booleanOf(right(scope));
    case 'or':
    case '||':
      return (scope) => booleanOf(left(scope)) || booleanOf(right(scope));
    case '??':
      return (scope) => left(scope) ?? right(scope);
    case 'matches':
      return matches(left, rightPart, right);
    default: {
      const operation = binaryOperation(operator);
      return (scope) => operation(left(scope), right(scope));
    }
  }
}

function matches(left: Evaluate, rightPart: Expression, right: Evaluate): Evaluate {
  const test = (text: Value, pattern: { test(text: string): boolean }) => {
    if (text === undefined) return false;
    if (typeof text !== 'string') throw new EvaluationError(`expected a string to match, got ${typeName(text)}`);
    return pattern.test(text);
  };
  if (rightPart.kind === 'constant' && typeof rightPart.value === 'string') {
    const pattern = patternOf(rightPart.value);
    return (scope) => test(left(scope), pattern);
  }
  return (scope) => {
    const text = left(scope);
    const source = right(scope);
    if (text === undefined || source === undefined) return false;
    if (typeof source !== 'string') throw new EvaluationError(`expected a pattern, got ${typeName(source)}`);
    return test(text, patternOf(source));
  };
}

function patternOf(source: string) {
  try {
    return compilePattern(source);
  } catch (error) {
    throw new ExpressionError(`expected a regular expression, got "${source}"`, { cause: error });
  }
}

/** Returns a boolean. Throws an `EvaluationError` for another value. */
function booleanOf(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  const kind = isList(value) ? 'a list' : isMap(value) ? 'a map' : typeName(value);
  throw new EvaluationError(`expected a boolean, got ${kind}`);
}
