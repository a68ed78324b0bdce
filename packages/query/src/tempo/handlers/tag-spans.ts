import { candidateTraces } from '../../traceql/evaluate/candidates.ts';
import type { QuerySpan } from '../../traceql/evaluate/span.ts';
import type { Attribute, FieldExpression } from '../../traceql/parse/ast.ts';
import { type Plan, planPipeline } from '../../traceql/plan/plan.ts';
import type { SpanSource } from '../../traceql/source.ts';
import type { TimeRange } from '../parameters.ts';

/** Maximum number of spans that are read for tags and their values: the newest ones. */
const MAX_SPANS = 100_000;
const MAX_TRACES = 1000;

/** Yields the newest spans that satisfy a condition, with the parts that attributes read. */
export async function* spansFor(
  source: SpanSource,
  range: TimeRange,
  condition: FieldExpression,
  attributes: readonly Attribute[],
  parts: Plan['parts'] = {},
): AsyncGenerator<readonly QuerySpan[]> {
  const base = planPipeline([{ kind: 'filter', condition }], attributes);
  const plan = { ...base, parts: { ...base.parts, ...parts } };
  if (plan.wholeTraces) {
    let traces = 0;
    for await (const spans of candidateTraces(source, plan, range)) {
      yield* plan.evaluate([{ spans, attributes: new Map() }]).map((set) => set.spans);
      traces += 1;
      if (traces >= MAX_TRACES) return;
    }
    return;
  }
  let count = 0;
  for await (const part of source.select({ ...range, filter: plan.spans, parts: plan.parts, order: 'newest' })) {
    await source.check();
    const spans = part.map((span): QuerySpan => ({ span, trace: undefined, position: undefined }));
    yield* plan.evaluate([{ spans, attributes: new Map() }]).map((set) => set.spans);
    count += part.length;
    if (count >= MAX_SPANS) return;
  }
}
