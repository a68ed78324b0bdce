import type { SelectedSpan } from '@otelier/store';
import type { Plan } from '../plan/plan.ts';
import { readTraces, type SpanSource } from '../source.ts';
import type { QuerySpan } from './span.ts';
import { partOfTrace, wholeTrace } from './trace.ts';

/** Number of traces that are read at once: few at first, because a search often ends early. */
const BATCH_SIZES = [20, 50, 100, 200] as const;

/** Yields the traces that can be in a pipeline's result, those with the newest spans first. */
export async function* candidateTraces(
  source: SpanSource,
  plan: Plan,
  range: { readonly start: bigint; readonly end: bigint },
): AsyncGenerator<readonly QuerySpan[]> {
  const query = { parts: plan.parts, ...(plan.wholeTraces ? {} : { filter: plan.spans }) };
  const prepare = plan.wholeTraces ? wholeTrace : partOfTrace;
  for await (const ids of candidateIds(source, plan, range)) {
    for await (const spans of readTraces(source, query, ids)) yield prepare(spans);
  }
}

/** Yields the IDs of candidates in batches. */
async function* candidateIds(
  source: SpanSource,
  { traces, onlyTrace }: Plan,
  range: { readonly start: bigint; readonly end: bigint },
): AsyncGenerator<readonly string[]> {
  if (onlyTrace !== undefined) return yield [onlyTrace];
  const seen = new Set<string>();
  let batch: string[] = [];
  let batches = 0;
  for await (const part of source.select({ ...range, filter: traces, parts: {}, order: 'newest' })) {
    await source.check();
    for (const id of newIds(part, seen)) {
      batch.push(id);
      if (batch.length < (BATCH_SIZES[Math.min(batches, BATCH_SIZES.length - 1)] ?? 1)) continue;
      yield batch;
      batch = [];
      batches += 1;
    }
  }
  if (batch.length > 0) yield batch;
}

function* newIds(spans: readonly SelectedSpan[], seen: Set<string>): Generator<string> {
  for (const { traceId } of spans) {
    if (traceId === '' || seen.has(traceId)) continue;
    seen.add(traceId);
    yield traceId;
  }
}
