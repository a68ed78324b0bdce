import type { TraceOutlineHead } from '../../api/api.ts';
import type { ApiClient } from '../../client.ts';

/** A span of an outline. */
export interface OutlineSpan {
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  readonly isFailed: boolean;
  /** Nanoseconds since the start of the trace. */
  readonly offsetNanos: number;
  readonly durationNanos: number;
  /** The part of the duration in which no child runs. */
  ownNanos: number;
  readonly parentSpanId: string | undefined;
  readonly children: OutlineSpan[];
}

/** A trace without the attributes of its spans. */
export interface Outline {
  readonly head: TraceOutlineHead;
  /** All spans, oldest first, with their children. */
  readonly spans: readonly OutlineSpan[];
}

const NO_ID = '0'.repeat(16);
const ID_LENGTH = 16;

/** Reads the outline of a trace. Throws an `ApiClientError` if no span of it is stored. */
export async function readOutline(client: ApiClient, traceId: string, signal?: AbortSignal): Promise<Outline> {
  let head: TraceOutlineHead | undefined;
  const operations: { service: string; name: string; statusCode: string }[] = [];
  const spans: OutlineSpan[] = [];
  for await (const line of client.traceOutline(traceId, signal)) {
    if (line.kind === 'head') head = line;
    else if (line.kind === 'operations') operations.push(...line.operations);
    else {
      for (const [i, operation] of line.operations.entries()) {
        const { service = '', name = '', statusCode = '' } = operations[operation] ?? {};
        const parent = line.parentSpanIds.slice(i * ID_LENGTH, (i + 1) * ID_LENGTH);
        const durationNanos = line.durations[i] ?? 0;
        spans.push({
          spanId: line.spanIds.slice(i * ID_LENGTH, (i + 1) * ID_LENGTH),
          service,
          name,
          isFailed: statusCode.toLowerCase() === 'error',
          offsetNanos: line.offsets[i] ?? 0,
          durationNanos,
          ownNanos: durationNanos,
          parentSpanId: parent === NO_ID ? undefined : parent,
          children: [],
        });
      }
    }
  }
  if (head === undefined) throw new Error(`the outline of trace ${traceId} has no head`);
  connect(spans);
  return { head, spans };
}

/** Adds spans to their parents and determines their own time. */
function connect(spans: readonly OutlineSpan[]): void {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  for (const span of spans) {
    const parent = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
    if (parent !== span) parent?.children.push(span);
  }
  for (const span of spans) span.ownNanos = span.durationNanos - coveredNanos(span);
}

/** Returns the time of a span in which at least one child runs. */
function coveredNanos({ offsetNanos: start, durationNanos, children }: OutlineSpan): number {
  const end = start + durationNanos;
  let covered = 0;
  let until = start;
  for (const child of children.toSorted((a, b) => a.offsetNanos - b.offsetNanos)) {
    const from = Math.max(child.offsetNanos, until);
    const to = Math.min(child.offsetNanos + child.durationNanos, end);
    if (to <= from) continue;
    covered += to - from;
    until = to;
  }
  return covered;
}
