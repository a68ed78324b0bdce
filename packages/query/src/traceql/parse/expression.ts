import { isNumeric } from '../values/static.ts';
import type { Pipeline, PipelineElement, ScalarExpression, SecondStage } from './ast.ts';
import { parseAttributeList } from './attributes.ts';
import { combine, isComparison, precedenceOf } from './combine.ts';
import type { Cursor } from './cursor.ts';
import { negate, parseField } from './field.ts';
import { isMetricsFunction, parseMetricsFunction } from './metrics.ts';
import type { Operand } from './operand.ts';
import { parseStages } from './stages.ts';
import type { Token } from './tokens.ts';

const AGGREGATES = ['count', 'max', 'min', 'sum', 'avg'] as const;
/** A sign binds tighter than any operator. */
const SIGN = 6;
/** Precedence above comparisons. */
const ARITHMETIC = 3;

/** Parses elements that are separated by `|`. `inParentheses` allows a last element that is an aggregate. */
export function parseSequence(cursor: Cursor, inParentheses: boolean): Operand {
  const first = parseExpression(cursor, 1);
  if (first.type === 'metrics') {
    return { type: 'metrics', value: { ...first.value, stages: [...first.value.stages, ...stagesOf(cursor)] } };
  }
  if (inParentheses && cursor.is(')') && first.type !== 'element') return first;
  if (first.type === 'element' && first.value.kind === 'coalesce')
    throw cursor.error('syntax error: unexpected coalesce');
  const elements = [elementOf(cursor, first)];
  while (cursor.skip('|')) {
    if (isMetricsFunction(cursor)) {
      const metrics = parseMetricsFunction(cursor);
      return { type: 'metrics', value: { kind: 'query', pipeline: elements, metrics, stages: stagesOf(cursor) } };
    }
    const next = parseExpression(cursor, 1);
    if (inParentheses && cursor.is(')') && next.type === 'scalar' && next.value.kind === 'aggregate') {
      return { type: 'scalar-pipeline', value: { kind: 'scalar-pipeline', pipeline: elements, aggregate: next.value } };
    }
    elements.push(elementOf(cursor, next));
  }
  return pipelineOf(elements);
}

function stagesOf(cursor: Cursor): readonly SecondStage[] {
  return parseStages(cursor, () => parseExpression(cursor, ARITHMETIC));
}

function pipelineOf(elements: Pipeline): Operand {
  const [only] = elements;
  if (elements.length !== 1 || only === undefined) return { type: 'pipeline', value: elements };
  switch (only.kind) {
    case 'by':
    case 'coalesce':
    case 'select':
    case 'scalar-filter':
      return { type: 'pipeline', value: elements };
    default:
      return { type: 'spanset', value: only };
  }
}

function elementOf(cursor: Cursor, operand: Operand): PipelineElement {
  switch (operand.type) {
    case 'spanset':
    case 'element':
      return operand.value;
    case 'pipeline':
      return { kind: 'pipeline', pipeline: operand.value };
    default:
      throw cursor.unexpected();
  }
}

/** Parses operands with operators of at least the given precedence between them. */
export function parseExpression(cursor: Cursor, min: number): Operand {
  return cursor.nested(() => {
    let left = parseOperand(cursor);
    for (;;) {
      const { token } = cursor;
      const precedence = token.kind === 'symbol' ? precedenceOf(token.text) : undefined;
      if (precedence === undefined || precedence < min) return left;
      // A comparison with series is a step that applies to the whole expression.
      if (left.type === 'metrics' && isComparison(token.text)) return left;
      if (left.type === 'element') throw cursor.unexpected();
      cursor.take();
      const right = parseExpression(cursor, token.text === '^' ? precedence : precedence + 1);
      left = combined(cursor, token, left, right);
    }
  });
}

function combined(cursor: Cursor, operator: Token, left: Operand, right: Operand): Operand {
  const result = combine(operator.text, left, right);
  if (result === undefined) throw cursor.error(`syntax error: unexpected ${operator.text}`, operator);
  if (typeof result === 'string') throw cursor.error(result, operator);
  return result;
}

function parseOperand(cursor: Cursor): Operand {
  const { token } = cursor;
  if (cursor.skip('{')) {
    if (cursor.skip('}')) return { type: 'spanset', value: { kind: 'filter', condition: EVERYTHING } };
    const condition = parseField(cursor);
    cursor.expect('}');
    return { type: 'spanset', value: { kind: 'filter', condition } };
  }
  if (cursor.skip('(')) {
    const inner = parseSequence(cursor, true);
    cursor.expect(')');
    return inner;
  }
  if (cursor.skip('-')) {
    const operand = parseExpression(cursor, SIGN);
    if (operand.type !== 'constant' || !isNumeric(operand.value))
      throw cursor.error('syntax error: unexpected -', token);
    return { type: 'constant', value: negate(operand.value) };
  }
  switch (token.kind) {
    case 'integer':
    case 'duration':
      cursor.take();
      return { type: 'constant', value: { type: token.kind === 'integer' ? 'int' : 'duration', value: token.value } };
    case 'float':
      cursor.take();
      return { type: 'constant', value: { type: 'float', value: token.value } };
    default:
      return parseElement(cursor);
  }
}

const EVERYTHING = { kind: 'static', value: { type: 'bool', value: true } } as const;

function parseElement(cursor: Cursor): Operand {
  if (cursor.skip('by')) {
    cursor.expect('(');
    const expression = parseField(cursor);
    cursor.expect(')');
    return { type: 'element', value: { kind: 'by', expression } };
  }
  if (cursor.skip('coalesce')) {
    cursor.expect('(');
    cursor.expect(')');
    return { type: 'element', value: { kind: 'coalesce' } };
  }
  if (cursor.skip('select')) {
    cursor.expect('(');
    const attributes = parseAttributeList(cursor);
    cursor.expect(')');
    return { type: 'element', value: { kind: 'select', attributes } };
  }
  return { type: 'scalar', value: parseAggregate(cursor) };
}

function parseAggregate(cursor: Cursor): ScalarExpression {
  const name = AGGREGATES.find((aggregate) => cursor.is(aggregate));
  if (name === undefined) throw cursor.unexpected();
  cursor.take();
  cursor.expect('(');
  const operand = name === 'count' ? undefined : parseField(cursor);
  cursor.expect(')');
  return { kind: 'aggregate', name, operand };
}
