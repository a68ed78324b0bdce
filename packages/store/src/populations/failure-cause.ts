import type { TraceSummary } from '../traces.ts';

/** A failed span of a trace. */
export interface FailedSpanOfTrace {
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly start: bigint;
  readonly durationNanos: bigint;
  readonly service: string;
  /** Reads its last exception. */
  readonly exception: () => SpanException;
}

/** The last exception of a span. */
export interface SpanException {
  /** Empty without an exception. */
  readonly type: string;
  /** The message of the exception, or of the status. */
  readonly message: string;
}

/** Number of failed spans of a trace, by start, among which the cause is searched. */
export const MAX_FAILED_SPANS = 200;

/**
 * Returns where the failure of a trace began. From the failed span that starts first, it follows the failed child, or
 * the failed span within its time, that ended last: the one whose failure it passed on. Spans between them that did not
 * fail, because only the caller and the called service record the error, do not matter.
 */
export function failureCause(spans: readonly FailedSpanOfTrace[]): TraceSummary['error'] {
  const ordered = spans.toSorted(byStart).slice(0, MAX_FAILED_SPANS);
  const failedIds = new Set(ordered.map(({ spanId }) => spanId));
  const left = new Set(ordered);
  const path: FailedSpanOfTrace[] = [];
  for (
    let current: FailedSpanOfTrace | undefined = ordered[0];
    current !== undefined;
    current = latest(passedOn(left, current, failedIds))
  ) {
    path.unshift(current);
    left.delete(current);
  }
  const own = path.slice(0, endOfService(path)).map(({ service, exception }) => ({ service, ...exception() }));
  return own.find(({ type }) => type !== '') ?? own.find(({ message }) => message !== '') ?? own[0];
}

/** Returns the failed spans whose failure a span may have passed on. */
function passedOn(
  left: ReadonlySet<FailedSpanOfTrace>,
  { spanId, start, durationNanos }: FailedSpanOfTrace,
  failedIds: ReadonlySet<string>,
): readonly FailedSpanOfTrace[] {
  const all = [...left];
  const children = all.filter(({ parentSpanId }) => parentSpanId !== '' && parentSpanId === spanId);
  if (children.length > 0) return children;
  const end = start + durationNanos;
  // Those whose parent failed belong to it.
  return all.filter((one) => !failedIds.has(one.parentSpanId) && one.start >= start && endOf(one) <= end);
}

function latest(spans: readonly FailedSpanOfTrace[]): FailedSpanOfTrace | undefined {
  let found: FailedSpanOfTrace | undefined;
  for (const span of spans) if (found === undefined || endOf(span) > endOf(found)) found = span;
  return found;
}

/** Returns the number of spans at the begin of a path that are of one service. */
function endOfService(path: readonly FailedSpanOfTrace[]): number {
  const end = path.findIndex(({ service }) => service !== path[0]?.service);
  return end < 0 ? path.length : end;
}

function endOf({ start, durationNanos }: FailedSpanOfTrace): bigint {
  return start + durationNanos;
}

/** Compares spans by start, then by ID, so that the result does not depend on how they are stored. */
function byStart(a: FailedSpanOfTrace, b: FailedSpanOfTrace): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  return a.spanId < b.spanId ? -1 : 1;
}
