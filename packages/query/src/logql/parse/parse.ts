import { type Matcher, matches } from '../../promql/labels/matcher.ts';
import { type Expr, type LogExpr, rangesOf } from './ast.ts';
import { LogqlParseError } from './parse-error.ts';
import { parseSelector } from './parse-log.ts';
import { parseExpr } from './parse-metric.ts';
import { TokenReader } from './tokens.ts';

/** Maximum length of a query, in UTF-16 code units. */
const MAX_LENGTH = 131_072;

/** Parses and checks a LogQL query. Throws a `LogqlParseError`. */
export function parseLogql(query: string): Expr {
  const tokens = readerOf(query);
  const expr = parseExpr(tokens);
  tokens.expect('$end');
  const logs: readonly LogExpr[] = expr.kind === 'log' ? [expr] : rangesOf(expr).map(({ log }) => log);
  for (const { matchers } of logs) requireMatcher(matchers);
  return expr;
}

/** Parses a stream selector, which may be empty. Throws a `LogqlParseError`. */
export function parseLogqlSelector(query: string): readonly Matcher[] {
  const tokens = readerOf(query);
  const matchers = parseSelector(tokens);
  tokens.expect('$end');
  return matchers;
}

function readerOf(query: string): TokenReader {
  if (query.length >= MAX_LENGTH) {
    throw new LogqlParseError(`input size too long (${query.length} > ${MAX_LENGTH})`);
  }
  return new TokenReader(query);
}

/** A selector that every stream satisfies would read everything. */
function requireMatcher(matchers: readonly Matcher[]): void {
  if (matchers.some((matcher) => !matches(matcher, ''))) return;
  throw new LogqlParseError(
    'queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, ' +
      'app=~".*" does not meet this requirement, but app=~".+" will',
  );
}
