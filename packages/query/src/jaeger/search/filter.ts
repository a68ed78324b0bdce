import { PatternError } from '../../patterns/pattern.ts';
import { parseGoDuration } from '../../request/go-duration.ts';
import type { BinaryOperator, ComparisonOperator, FieldExpression } from '../../traceql/parse/ast.ts';
import { compileWhole } from '../../traceql/values/pattern.ts';
import { durationOf, floatOf, type Static, type StatusName, stringOf } from '../../traceql/values/static.ts';
import { all, any, compare, kindOf, literalsOf } from './conditions.ts';
import { isReference, type Reference, referenceOf } from './filter-reference.ts';
import { invalidFilter, objectAt, textAt, unsupported } from './filter-value.ts';

/** Maximum number of calls inside each other. */
const MAX_DEPTH = 32;
/** Maximum number of calls and of values in lists. */
const MAX_PARTS = 1000;

/**
 * Parses a structured filter, a JSON object that calls an operator (RFC 0005 of Jaeger), to a condition for spans. A part
 * that is valid and cannot be evaluated here is an error, because a filter without it has other results.
 */
export function parseFilter(text: string): FieldExpression {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalidFilter('', 'a JSON object', text);
  }
  let parts = 0;
  const count = (more: number): void => {
    parts += more;
    if (parts > MAX_PARTS) throw invalidFilter('', `at most ${MAX_PARTS} calls and values`, parts);
  };
  const predicate = (value: unknown, path: string, depth: number): FieldExpression => {
    count(1);
    if (depth > MAX_DEPTH) throw invalidFilter('', `at most ${MAX_DEPTH} calls inside each other`, depth);
    const call = objectAt(value, path);
    const op = textAt(call, 'op', path);
    const { args } = call;
    if (!Array.isArray(args)) throw invalidFilter(`${path}.args`, 'a list', args);
    const argument = (index: number): Operand => ({ value: args[index], path: `${path}.args[${index}]` });
    const inner = (index: number): FieldExpression => {
      const operand = argument(index);
      return predicate(objectAt(operand.value, operand.path)['call'], `${operand.path}.call`, depth + 1);
    };
    const [min, max] = (Object.hasOwn(ARITY, op) ? ARITY[op] : undefined) ?? ANY_ARITY;
    if (args.length < min || args.length > max) {
      throw invalidFilter(`${path}.args`, `${min}${max === min ? '' : ' or more'} operands for ${op}`, args.length);
    }
    switch (op) {
      case 'and':
        return all(args.map((_, index) => inner(index)));
      case 'or':
        return any(args.map((_, index) => inner(index)));
      case 'not':
        return not(inner(0));
      case 'exists':
        return referenceOf(argument(0).value, argument(0).path).present;
      case 'eq':
      case 'ne':
      case 'gt':
      case 'gte':
      case 'lt':
      case 'lte':
        return comparison(op, argument(0), argument(1));
      case 'in':
      case 'not_in':
        return membership(op === 'not_in', argument(0), argument(1), count);
      case 'regex':
        return match(argument(0), argument(1));
      case 'some':
      case 'phrase':
      case 'fulltext':
        throw unsupported(`${path}.op`, `the operator ${op}`);
      default:
        throw invalidFilter(`${path}.op`, 'an operator such as eq, and or exists', op);
    }
  };
  return predicate(json, '', 1);
}

/** The smallest and the largest number of operands. */
const ARITY: Readonly<Record<string, readonly [number, number]>> = {
  ...{ and: [2, Number.POSITIVE_INFINITY], or: [2, Number.POSITIVE_INFINITY], not: [1, 1], exists: [1, 1] },
  ...{ eq: [2, 2], ne: [2, 2], gt: [2, 2], gte: [2, 2], lt: [2, 2], lte: [2, 2] },
  ...{ in: [2, 2], not_in: [2, 2], regex: [2, 2] },
};

const ANY_ARITY: readonly [number, number] = [0, Number.POSITIVE_INFINITY];

interface Operand {
  readonly value: unknown;
  readonly path: string;
}

type Comparison = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte';
const OPERATORS: Readonly<Record<Comparison, ComparisonOperator>> = {
  ...({ eq: '=', ne: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const),
};
const FLIPPED: Readonly<Record<Comparison, Comparison>> = {
  ...({ eq: 'eq', ne: 'ne', gt: 'lt', gte: 'lte', lt: 'gt', lte: 'gte' } as const),
};

function comparison(op: Comparison, left: Operand, right: Operand): FieldExpression {
  const isLeft = isReference(left.value);
  if (isLeft === isReference(right.value)) {
    throw unsupported(left.path, `a comparison of two ${isLeft ? 'attributes or fields' : 'constants'}`);
  }
  const [subject, constant, own] = isLeft ? [left, right, op] : [right, left, FLIPPED[op]];
  const reference = referenceOf(subject.value, subject.path);
  const scalar = objectAt(objectAt(constant.value, constant.path)['scalar'], `${constant.path}.scalar`);
  const path = `${constant.path}.scalar`;
  const isOrdered = op !== 'eq' && op !== 'ne';
  if (isOrdered && (reference.type === 'status' || reference.type === 'kind')) {
    throw invalidFilter(subject.path, 'a value that has an order', reference.type);
  }
  const values = valuesOf(reference, textAt(scalar, 'value', path), typeAt(scalar, path), path);
  const holds = compared(reference, OPERATORS[own], isOrdered ? ordered(values, path) : values);
  return op === 'ne' ? absentFrom(reference, holds) : holds;
}

function membership(
  isNegated: boolean,
  left: Operand,
  right: Operand,
  count: (values: number) => void,
): FieldExpression {
  const reference = referenceOf(left.value, left.path);
  const path = `${right.path}.list`;
  const list = objectAt(objectAt(right.value, right.path)['list'], path);
  const { values } = list;
  if (!Array.isArray(values) || values.length === 0) throw invalidFilter(`${path}.values`, 'at least one text', values);
  count(values.length);
  const type = typeAt(list, path);
  const wanted = values.flatMap((value: unknown, index) => {
    const place = `${path}.values[${index}]`;
    if (typeof value !== 'string') throw invalidFilter(place, 'a text', value);
    return valuesOf(reference, value, type, place);
  });
  const holds = compared(reference, '=', wanted);
  return isNegated ? absentFrom(reference, holds) : holds;
}

/** What filters refuse in an expression: anchors, word boundaries, lazy quantifiers and flags. Classes and escapes first. */
const PARTS = /\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|([\^$]|[*+?}]\?|\(\?(?!:|P?<))/g;

function match(left: Operand, right: Operand): FieldExpression {
  const reference = referenceOf(left.value, left.path);
  if (reference.type !== 'text' && reference.type !== 'any')
    throw unsupported(left.path, `regex of a ${reference.type}`);
  const path = `${right.path}.scalar`;
  const scalar = objectAt(objectAt(right.value, right.path)['scalar'], path);
  const source = textAt(scalar, 'value', path);
  for (const [part, refused] of source.matchAll(PARTS)) {
    if (refused === undefined && !/^\\[bBAzZ]$/.test(part)) continue;
    throw invalidFilter(path, 'an expression without anchors, word boundaries, lazy quantifiers and flags', source);
  }
  // It must match the whole value elsewhere, and any part of it here.
  const whole = `.*(?:${source}).*`;
  try {
    compileWhole(source);
    compileWhole(whole);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw invalidFilter(path, `a regular expression (${error.message})`, source);
  }
  return compared(reference, '=~', [stringOf(whole)]);
}

function compared({ attributes }: Reference, operator: BinaryOperator, values: readonly Static[]): FieldExpression {
  return any(attributes.flatMap((attribute) => values.map((value) => compare(attribute, operator, value))));
}

/** A value exists, and none of its values is a match. */
function absentFrom({ present }: Reference, holds: FieldExpression): FieldExpression {
  return all([present, not(holds)]);
}

function not(operand: FieldExpression): FieldExpression {
  return { kind: 'unary', operator: '!', operand };
}

type ConstantType = '' | 'string' | 'int' | 'double' | 'bool';
const TYPES: readonly ConstantType[] = ['', 'string', 'int', 'double', 'bool'];

function typeAt(constant: Readonly<Record<string, unknown>>, path: string): ConstantType {
  const { type = '' } = constant;
  const found = TYPES.find((one) => one === type);
  if (found === undefined) throw invalidFilter(`${path}.type`, 'one of string, int, double and bool', type);
  return found;
}

/** Returns the values that a constant can be. Without a type, an attribute is compared with every value that is written so. */
function valuesOf({ type }: Reference, text: string, given: ConstantType, path: string): readonly Static[] {
  if (type === 'any') return typed(text, given, path);
  if (type === 'duration') {
    const nanos = given === '' ? parseGoDuration(text) : undefined;
    if (nanos === undefined) throw invalidFilter(path, 'a duration such as "2s", without a type', text);
    return [durationOf(nanos)];
  }
  if (given !== '' && given !== 'string') throw invalidFilter(`${path}.type`, 'string', given);
  if (type === 'text') return [stringOf(text)];
  if (type === 'kind') {
    const value = kindOf(text);
    if (value === undefined) throw invalidFilter(path, 'a kind of span such as server', text);
    return [{ type: 'kind', value }];
  }
  const value = STATUSES.find((one) => one === text.toLowerCase());
  if (value === undefined) throw invalidFilter(path, 'one of ok, error and unset', text);
  return [{ type: 'status', value }];
}
const STATUSES: readonly StatusName[] = ['ok', 'error', 'unset'];

function typed(text: string, type: ConstantType, path: string): readonly Static[] {
  switch (type) {
    case '':
      return literalsOf(text);
    case 'string':
      return [stringOf(text)];
    case 'bool':
      if (text !== 'true' && text !== 'false') throw invalidFilter(path, 'true or false', text);
      return [{ type: 'bool', value: text === 'true' }];
    case 'int':
      if (!/^-?\d{1,18}$/.test(text)) throw invalidFilter(path, 'an integer', text);
      return [{ type: 'int', value: BigInt(text) }];
    case 'double': {
      const value = text.trim() === '' ? Number.NaN : Number(text);
      if (Number.isNaN(value)) throw invalidFilter(path, 'a number', text);
      return [floatOf(value)];
    }
  }
}

/** Returns the values that have an order: numbers, or texts if the constant is no number. */
function ordered(values: readonly Static[], path: string): readonly Static[] {
  const numbers = values.filter(({ type }) => type === 'int' || type === 'float' || type === 'duration');
  const found = numbers.length > 0 ? numbers : values.filter(({ type }) => type === 'string');
  if (found.length === 0) throw invalidFilter(path, 'a value that has an order', 'a boolean');
  return found;
}
