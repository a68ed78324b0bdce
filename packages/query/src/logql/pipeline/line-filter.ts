import { compilePattern, PatternError } from '../../patterns/pattern.ts';
import type { LineFilter, LineFilterOperand } from '../parse/ast.ts';
import { LogqlParseError } from '../parse/parse-error.ts';
import { compileIp, containsIp } from './ip-matcher.ts';
import { compilePatternFilter } from './line-pattern.ts';
import type { StageFunction } from './stage.ts';

/** Compiles a line filter. Throws a `LogqlParseError`. */
export function compileLineFilter({ operator, operands }: LineFilter): StageFunction {
  const tests = operands.map((operand) => compileOperand(operator, operand));
  const isNegated = operator.startsWith('!');
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return ({ line }) => only(line) !== isNegated;
  return ({ line }) => tests.some((test) => test(line)) !== isNegated;
}

function compileOperand(operator: LineFilter['operator'], operand: LineFilterOperand): (line: string) => boolean {
  const { value, isIp } = operand;
  if (isIp) {
    if (operator !== '|=' && operator !== '!=') {
      throw new LogqlParseError('ip: invalid operation');
    }
    return compileIpTest(value);
  }
  switch (operator) {
    case '|=':
    case '!=':
      return (line) => line.includes(value);
    case '|~':
    case '!~':
      return compileRegexp(value);
    case '|>':
    case '!>':
      return compilePatternFilter(value);
  }
}

/** Compiles the argument of `ip()`. Throws a `LogqlParseError`. */
export function compileIpTest(value: string): (text: string) => boolean {
  const test = compileIp(value);
  if (test === undefined) throw new LogqlParseError(`ip: invalid pattern: ${JSON.stringify(value)}`);
  return (text) => containsIp(text, test);
}

function compileRegexp(source: string): (line: string) => boolean {
  try {
    const pattern = compilePattern(source);
    return (line) => pattern.test(line);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new LogqlParseError(`error parsing regexp: ${error.message}`, undefined, { cause: error });
  }
}
