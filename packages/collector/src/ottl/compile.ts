import {
  type AttributeValue,
  encodeAnyValue,
  encodeKey,
  type FoundAttribute,
  readAnyValue,
  sameBytes,
} from '@otelier/otlp';
import { suggestion } from '../config/nearest.ts';
import {
  type Comparison,
  type Condition,
  ConditionError,
  type Literal,
  type Operand,
  type Path,
} from './expression.ts';
import { parseCondition } from './parse.ts';
import { type Access, type ConditionContext, findValue, type Getter, PATHS, readBody, type Subject } from './paths.ts';

/** A compiled condition, which reads the encoded bytes of its subject. */
export type Predicate = (subject: Subject) => boolean;

/** Compiles the text of a condition. Throws `ConditionError` with the offset and the nearest valid name. */
export function compileCondition(text: string, context: ConditionContext): Predicate {
  return new Compiler(text, context).condition(parseCondition(text));
}

/** Compiles a parsed condition. */
export function compileExpression(condition: Condition, context: ConditionContext): Predicate {
  return new Compiler('', context).condition(condition);
}

/** Compiles conditions into a predicate that matches if any of them does. Returns `undefined` for an empty list. */
export function compileAny(texts: readonly string[], context: ConditionContext): Predicate | undefined {
  const predicates = texts.map((text) => compileCondition(text, context));
  return predicates.length > 1 ? (subject) => predicates.some((predicate) => predicate(subject)) : predicates[0];
}

class Compiler {
  readonly #text: string;
  readonly #context: ConditionContext;

  constructor(text: string, context: ConditionContext) {
    this.#text = text;
    this.#context = context;
  }

  condition(condition: Condition): Predicate {
    switch (condition.kind) {
      case 'any': {
        const operands = condition.operands.map((operand) => this.condition(operand));
        return (subject) => operands.some((operand) => operand(subject));
      }
      case 'all': {
        const operands = condition.operands.map((operand) => this.condition(operand));
        return (subject) => operands.every((operand) => operand(subject));
      }
      case 'not': {
        const operand = this.condition(condition.operand);
        return (subject) => !operand(subject);
      }
      case 'truth':
        return () => condition.value;
      case 'operand': {
        const get = this.#getter(condition.operand);
        return (subject) => get(subject) === true;
      }
      case 'match': {
        const get = this.#getter(condition.target);
        const { pattern } = condition;
        return (subject) => {
          const value = get(subject);
          return value !== undefined && pattern.test(textOf(value));
        };
      }
      case 'compare':
        return this.#comparison(condition.operator, condition.left, condition.right);
    }
  }

  #comparison(operator: Comparison, left: Operand, right: Operand): Predicate {
    const fast = this.#attributeComparison(operator, left, right);
    if (fast !== undefined) return fast;
    const getLeft = this.#getter(left);
    const getRight = this.#getter(right);
    return (subject) => compareValues(operator, getLeft(subject), getRight(subject));
  }

  /** Compiles the common case `attributes["k"] == literal`: compares bytes, and decodes the value only if types differ. */
  #attributeComparison(operator: Comparison, left: Operand, right: Operand): Predicate | undefined {
    if (left.kind !== 'path' || right.kind !== 'literal' || left.path.key === undefined || right.value === undefined)
      return undefined;
    if (operator !== '==' && operator !== '!=') return undefined;
    const access = this.#access(left.path);
    if (access.kind !== 'attributes') return undefined;
    const key = encodeKey(left.path.key);
    const literal = right.value;
    const expected = encodeAnyValue(literal);
    const isEqualOperator = operator === '==';
    return (subject) => {
      const found = findValue(subject, access, key);
      const equal =
        found !== undefined &&
        (isEncoded(subject.cursor.bytes, found, expected) ||
          (typeof literal !== 'string' && areEqual(readValue(subject.cursor.bytes, found), literal)));
      return equal === isEqualOperator;
    };
  }

  #getter(operand: Operand): Getter {
    if (operand.kind === 'literal') {
      const { value } = operand;
      return () => value;
    }
    const access = this.#access(operand.path);
    if (access.kind === 'value') return access.get;
    if (access.kind === 'body') return bodyGetter(access.field, operand.path.key);
    if (operand.path.key === undefined)
      throw this.#error(operand.path, `expected a key, as in ${operand.path.text}["http.route"]`);
    const key = encodeKey(operand.path.key);
    return (subject) => {
      const found = findValue(subject, access, key);
      return found === undefined ? undefined : readValue(subject.cursor.bytes, found);
    };
  }

  #access(path: Path): Access {
    const paths = PATHS[this.#context];
    const name = path.names.join('.');
    const access = Object.hasOwn(paths, name) ? paths[name] : undefined;
    if (access === undefined)
      throw this.#error(
        path,
        `expected a path of a ${this.#context}, got unknown path "${name}"${suggestion(name, Object.keys(paths))}`,
      );
    if (access.kind === 'value' && path.key !== undefined)
      throw this.#error(path, `expected no key: ${name} is not a map`);
    return access;
  }

  #error(path: Path, error: string): ConditionError {
    return new ConditionError(this.#text, path.offset, error);
  }
}

function bodyGetter(field: number, key: string | undefined): Getter {
  if (key === undefined) return (subject) => readBody(subject, field);
  return (subject) => {
    const body = readBody(subject, field);
    return isMap(body) && Object.hasOwn(body, key) ? body[key] : undefined;
  };
}

function readValue(bytes: Uint8Array, { valueStart, valueEnd }: FoundAttribute): AttributeValue {
  return readAnyValue(bytes, valueStart, valueEnd);
}

function isEncoded(bytes: Uint8Array, { valueStart, valueEnd }: FoundAttribute, expected: Uint8Array): boolean {
  return valueEnd - valueStart === expected.length && sameBytes(bytes, valueStart, expected);
}

/** Compares like OTTL: `nil` equals only `nil`, integers and doubles compare as numbers, other types only with themselves. */
function compareValues(operator: Comparison, left: AttributeValue, right: AttributeValue): boolean {
  if (operator === '==') return areEqual(left, right);
  if (operator === '!=') return !areEqual(left, right);
  const order = orderOf(left, right);
  if (order === undefined) return false;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function areEqual(left: AttributeValue, right: AttributeValue | Literal): boolean {
  if (left === undefined || right === undefined) return left === right;
  return orderOf(left, right) === 0;
}

/** Returns a negative number, 0 or a positive number, or `undefined` if the values cannot be compared. */
function orderOf(left: AttributeValue, right: AttributeValue): number | undefined {
  if (isNumber(left) && isNumber(right)) return order(left, right);
  if (typeof left === 'string' && typeof right === 'string') return order(left, right);
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (left instanceof Uint8Array && right instanceof Uint8Array) return orderOfBytes(left, right);
  return undefined;
}

/** Returns the order of two values of one kind, or `undefined` for `NaN`. */
function order<T extends number | bigint | string>(left: T, right: T): number | undefined {
  if (left < right) return -1;
  if (left > right) return 1;
  // Not `===`: a bigint and a number can be equal.
  return left <= right ? 0 : undefined;
}

function orderOfBytes(left: Uint8Array, right: Uint8Array): number {
  const different = left.findIndex((byte, index) => byte !== right[index]);
  if (different < 0) return left.length - right.length;
  return (left[different] ?? 0) - (right[different] ?? -1);
}

function isNumber(value: AttributeValue): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function isMap(value: AttributeValue): value is { readonly [key: string]: AttributeValue } {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Returns the text that `IsMatch` matches: strings as they are, other values as JSON. */
function textOf(value: Exclude<AttributeValue, undefined>): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? Number(part) : part)) ?? '';
}
