import type { OutlineSpans, Store, TraceIdQuery, TraceOutlinePart } from '@otelier/store';
import type { TraceOutlineLine } from '../api/api.ts';
import { ApiProblem } from '../api/problem.ts';

/** Yields the outline of a trace as JSON, one part per line. Throws an `ApiProblem` if the trace is unknown. */
export async function* outlineLines(store: Store, query: TraceIdQuery): AsyncGenerator<string, undefined> {
  let isKnown = false;
  for await (const part of store.traceOutline(query)) {
    isKnown = true;
    yield `${JSON.stringify(lineOf(part))}\n`;
  }
  if (!isKnown) throw unknownTrace(query.traceId);
  return undefined;
}

/** Returns the error for a trace that is not stored. */
export function unknownTrace(traceId: string): ApiProblem {
  return new ApiProblem('not_found', `traceId: no span of trace ${traceId} is stored`);
}

function lineOf(part: TraceOutlinePart): TraceOutlineLine {
  switch (part.kind) {
    case 'head': {
      const { start, ...rest } = part;
      return { ...rest, startNanos: start.toString() };
    }
    case 'operations':
      return part;
    case 'spans':
      return spansLine(part);
  }
}

const NO_ID = '0'.repeat(16);

function spansLine({ kind, spanIds, parentSpanIds, operations, offsets, durations, events }: OutlineSpans) {
  return {
    kind,
    spanIds: idsText(spanIds),
    parentSpanIds: idsText(parentSpanIds),
    ...{ operations, offsets, durations },
    events: events.map(({ span, offset, isException }) => [span, offset, isException ? 1 : 0] as const),
  };
}

function idsText(ids: readonly string[]): string {
  return ids.map((id) => (id === '' ? NO_ID : id)).join('');
}
