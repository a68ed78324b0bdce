import { isNumeric } from '../values/static.ts';
import type { SecondStage } from './ast.ts';
import { isComparison } from './combine.ts';
import type { Cursor } from './cursor.ts';
import { parseInteger } from './metrics.ts';
import type { Operand } from './operand.ts';

const SECOND = 1e9;

/**
 * Parses the steps after a metrics function: `| topk(5)`, `> 10`. `parseNumber` parses an operand without comparisons.
 */
export function parseStages(cursor: Cursor, parseNumber: () => Operand): readonly SecondStage[] {
  const stages: SecondStage[] = [];
  for (;;) {
    if (cursor.skip('|')) stages.push(parseTop(cursor));
    else if (cursor.token.kind === 'symbol' && isComparison(cursor.token.text))
      stages.push(parseFilter(cursor, parseNumber));
    else return stages;
  }
}

function parseTop(cursor: Cursor): SecondStage {
  const kind = (['topk', 'bottomk'] as const).find((name) => cursor.is(name));
  if (kind === undefined) throw cursor.unexpected('topk or bottomk');
  cursor.take();
  cursor.expect('(');
  const limit = Number(parseInteger(cursor));
  cursor.expect(')');
  return { kind, limit };
}

function parseFilter(cursor: Cursor, parseNumber: () => Operand): SecondStage {
  const { text: operator } = cursor.take();
  const { token } = cursor;
  const operand = parseNumber();
  if (operand.type !== 'constant' || !isNumeric(operand.value) || !isComparison(operator)) {
    throw cursor.error('syntax error: expected a number', token);
  }
  // Series of durations are in seconds.
  const { type, value } = operand.value;
  return { kind: 'filter', operator, value: type === 'duration' ? Number(value) / SECOND : Number(value) };
}
