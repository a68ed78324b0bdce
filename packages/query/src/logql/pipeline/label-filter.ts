import { matches } from '../../promql/labels/matcher.ts';
import type { CompareOperator, LabelFilter } from '../parse/ast.ts';
import { type Parsed, parseBytes, parseFloat64, parseGoDuration } from '../parse/units.ts';
import { compileIpTest } from './line-filter.ts';
import { PIPELINE_ERRORS, type StageFunction } from './stage.ts';

/** Compiles a condition on labels. Throws a `LogqlParseError`. */
export function compileLabelFilter(filter: LabelFilter): StageFunction {
  switch (filter.kind) {
    case 'string': {
      const { matcher } = filter;
      return ({ labels }) => matches(matcher, labels.valueOf(matcher.name));
    }
    case 'and':
    case 'or':
      return combine(filter.kind, compileLabelFilter(filter.left), compileLabelFilter(filter.right));
    case 'ip':
      return compileIpFilter(filter.name, filter.operator, filter.value);
    case 'duration':
      return compileComparison(filter, parseGoDuration);
    case 'bytes':
      return compileComparison(filter, parseBytes);
    case 'number':
      return compileComparison(filter, parseFloat64);
  }
}

function combine(kind: 'and' | 'or', left: StageFunction, right: StageFunction): StageFunction {
  // Both sides of `and` run, because each may report an error.
  if (kind === 'or') return (entry) => left(entry) || right(entry);
  return (entry) => {
    const isLeft = left(entry);
    return right(entry) && isLeft;
  };
}

function compileIpFilter(name: string, operator: '=' | '!=', value: string): StageFunction {
  const test = compileIpTest(value);
  return ({ labels }) => {
    if (labels.error !== '') return true;
    const text = labels.get(name);
    return text !== undefined && test(text) === (operator === '=');
  };
}

function compileComparison(
  filter: { readonly name: string; readonly operator: CompareOperator; readonly value: number },
  parse: (text: string) => Parsed,
): StageFunction {
  const { name, operator, value } = filter;
  const compare = COMPARE[operator];
  return ({ labels }) => {
    const text = labels.get(name);
    if (text === undefined) return false;
    const parsed = parse(text);
    if ('value' in parsed) return compare(parsed.value, value);
    if (labels.error === '') labels.fail(PIPELINE_ERRORS.filter, parsed.error);
    return true;
  };
}

const COMPARE: Readonly<Record<CompareOperator, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};
