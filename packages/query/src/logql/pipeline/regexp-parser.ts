import { compilePattern, type Pattern, PatternError } from '../../patterns/pattern.ts';
import { LogqlParseError } from '../parse/parse-error.ts';
import { type StageFunction, sanitizeName } from './stage.ts';

/** Compiles the `regexp` parser: named groups become labels. Throws a `LogqlParseError`. */
export function compileRegexpParser(source: string): StageFunction {
  const pattern = compile(source);
  const names = pattern.names.map((name) => (name === undefined ? '' : sanitizeName(name)));
  const named = names.filter((name) => name !== '');
  if (named.length === 0) throw invalid('at least one named capture must be supplied');
  const repeated = named.find((name, index) => named.indexOf(name) !== index);
  if (repeated !== undefined) throw invalid(`duplicate extracted label name '${repeated}'`);
  return ({ line, labels }) => {
    for (const [index, { start, end }] of (pattern.ranges(line) ?? []).entries()) {
      const name = names[index] ?? '';
      if (name !== '') labels.extract(name, start < 0 ? '' : line.slice(start, end));
    }
    return true;
  };
}

function compile(source: string): Pattern {
  try {
    return compilePattern(source);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw invalid(`error parsing regexp: ${error.message}`, error);
  }
}

function invalid(reason: string, cause?: unknown): LogqlParseError {
  return new LogqlParseError(`invalid regexp parser: ${reason}`, undefined, { cause });
}
