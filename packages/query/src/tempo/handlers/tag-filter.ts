import type { FieldExpression } from '../../traceql/parse/ast.ts';
import { parseTraceql } from '../../traceql/parse/parse.ts';
import { TraceqlError, TraceqlParseError } from '../../traceql/parse/parse-error.ts';

const EVERYTHING: FieldExpression = { kind: 'static', value: { type: 'bool', value: true } };
/** A complete comparison in a query that is being typed. */
const MATCHER =
  /(?:(?:span|resource|event|link|instrumentation)\.|\.|(?:span|trace|event|link|instrumentation):)?(?:[\w./-]|"(?:[^"\\]|\\.)*")+\s*(?:=~|!~|!=|>=|<=|=|>|<)\s*(?:"(?:[^"\\]|\\.)*"|`[^`]*`|-?[\w.]+)/g;

/**
 * Returns the condition of the parameter `q` of requests for tags. A query that is not complete counts as its complete
 * comparisons, and one that is no filter as no condition, because editors ask while a query is being typed.
 */
export function tagFilter(parameters: URLSearchParams): FieldExpression {
  const text = (parameters.get('q') ?? '').slice(0, 20_000);
  if (text.trim() === '') return EVERYTHING;
  return conditionOf(text) ?? conditionOf(`{ ${(text.match(MATCHER) ?? []).join(' && ')} }`) ?? EVERYTHING;
}

function conditionOf(text: string): FieldExpression | undefined {
  try {
    const query = parseTraceql(text);
    const [filter, ...others] = query.kind === 'search' ? query.pipeline : [];
    return filter?.kind === 'filter' && others.length === 0 ? filter.condition : undefined;
  } catch (error) {
    if (error instanceof TraceqlParseError || error instanceof TraceqlError) return undefined;
    throw error;
  }
}
