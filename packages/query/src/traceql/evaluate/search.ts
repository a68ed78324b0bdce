import type { Plan } from '../plan/plan.ts';
import { readTraces, type SpanSource } from '../source.ts';
import { candidateTraces } from './candidates.ts';
import type { QuerySpan, Spanset, TraceFacts } from './span.ts';
import { traceFacts } from './trace.ts';

/** A trace in the result of a search, with the sets of spans that satisfy the query. */
export interface FoundTrace {
  readonly trace: TraceFacts;
  readonly sets: readonly Spanset[];
}

/** A search, with a limit on the number of traces. */
export interface SearchRequest {
  readonly start: bigint;
  readonly end: bigint;
  readonly limit: number;
  /** An additional condition on traces. */
  readonly accepts?: ((trace: TraceFacts) => boolean) | undefined;
}

/** Finds the newest traces that satisfy a pipeline, newest first. `inspected` is the number of traces that were read. */
export async function searchTraces(
  source: SpanSource,
  plan: Plan,
  { start, end, limit, accepts = () => true }: SearchRequest,
): Promise<{ readonly traces: readonly FoundTrace[]; readonly inspected: number }> {
  const found: FoundTrace[] = [];
  let inspected = 0;
  let waiting: { readonly spans: readonly QuerySpan[]; readonly sets: readonly Spanset[] }[] = [];
  const settle = async (): Promise<void> => {
    for (const one of await describe(source, waiting)) if (accepts(one.trace) && found.length < limit) found.push(one);
    waiting = [];
  };
  for await (const spans of candidateTraces(source, plan, { start, end })) {
    await source.check();
    inspected += 1;
    const sets = plan.evaluate([{ spans, attributes: new Map() }]).filter((set) => set.spans.length > 0);
    if (sets.length > 0) waiting.push({ spans, sets });
    if (found.length + waiting.length >= limit) await settle();
    if (found.length >= limit) break;
  }
  await settle();
  return { traces: found.sort(newestFirst), inspected };
}

function newestFirst({ trace: a }: FoundTrace, { trace: b }: FoundTrace): number {
  if (a.start !== b.start) return a.start > b.start ? -1 : 1;
  return a.traceId < b.traceId ? -1 : 1;
}

/** Adds what the spans of traces have in common. Traces that were not read as a whole are read again without parts. */
async function describe(
  source: SpanSource,
  results: readonly { readonly spans: readonly QuerySpan[]; readonly sets: readonly Spanset[] }[],
): Promise<readonly FoundTrace[]> {
  const missing = results.filter(({ spans }) => spans[0]?.trace === undefined);
  const facts = new Map<string, TraceFacts>();
  const ids = missing.map(({ spans }) => spans[0]?.span.traceId ?? '');
  if (ids.length > 0) {
    for await (const spans of readTraces(source, { parts: {} }, ids))
      facts.set(spans[0]?.traceId ?? '', traceFacts(spans));
  }
  return results.flatMap(({ spans, sets }) => {
    const trace = spans[0]?.trace ?? facts.get(spans[0]?.span.traceId ?? '');
    return trace === undefined ? [] : [{ trace, sets }];
  });
}
