import type { FailedSpan } from '@otelier/store';
import { type MessagePart, splitMessage, templateOf } from './message-template.ts';

/** A service, or a peer without spans, that a failure passed through. */
export interface FailureStep {
  readonly service: string;
  readonly isPeer: boolean;
  /** The kind of error there. */
  readonly type: string;
  readonly spanName: string;
}

/** A failure, from the span where it began to the span whose caller did not fail. */
export interface Failure {
  /** The span that tells the cause: the innermost one of the first service that recorded an exception or a message. */
  readonly span: FailedSpan;
  readonly type: string;
  readonly message: readonly MessagePart[];
  readonly template: string;
  /** The peer whose call failed first, if any. */
  readonly peer: string;
  /** From where it began to where it ended. */
  readonly path: readonly FailureStep[];
  /** The spans that failed, from the inside out. */
  readonly spans: readonly FailedSpan[];
  /** Whether a server, a consumer or the root span failed. Otherwise a caller handled it. */
  readonly failsRequest: boolean;
  /** Identifies the request of the first service. Attempts in one request are one occurrence. */
  readonly requestId: string;
}

/** Largest number of spans in a chain, which also ends cycles of parents. */
const MAX_CHAIN = 256;

/** Returns the kind of error of a span: its exception type, HTTP status, or `Error`. */
export function kindOf({ exceptionType, httpStatus }: FailedSpan): string {
  return exceptionType !== '' ? exceptionType : httpStatus !== '' ? `HTTP ${httpStatus}` : 'Error';
}

/** Returns the failures of one trace, given all its failed spans: one for each failed span without a failed child. */
export function failuresOf(spans: readonly FailedSpan[]): readonly Failure[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const parents = new Set(spans.map(({ parentSpanId }) => parentSpanId));
  const innermost = spans.filter(({ spanId }) => !parents.has(spanId));
  // Spans that are parents of each other have none.
  const failures = (innermost.length === 0 ? spans.slice(0, 1) : innermost)
    .map((leaf) => failureOf(chainOf(leaf, byId)))
    .sort((a, b) => (a.span.start > b.span.start ? -1 : 1));
  return joinSame(failures);
}

function chainOf(leaf: FailedSpan, byId: ReadonlyMap<string, FailedSpan>): readonly FailedSpan[] {
  const chain = [leaf];
  for (let span = byId.get(leaf.parentSpanId); span !== undefined && chain.length < MAX_CHAIN; ) {
    chain.push(span);
    span = byId.get(span.parentSpanId);
  }
  return chain;
}

function failureOf(spans: readonly FailedSpan[]): Failure {
  const [leaf] = spans as readonly [FailedSpan];
  const left = spans.findIndex(({ service }) => service !== leaf.service);
  const own = left < 0 ? spans : spans.slice(0, left);
  const span =
    own.find(({ exceptionType }) => exceptionType !== '') ??
    own.find(({ statusMessage }) => statusMessage !== '') ??
    leaf;
  const message = splitMessage(span.exceptionMessage === '' ? span.statusMessage : span.exceptionMessage);
  const outermost = own.at(-1) ?? leaf;
  return {
    span,
    type: kindOf(span),
    message,
    template: templateOf(message),
    peer: leaf.peer,
    path: pathOf(spans),
    spans,
    failsRequest: spans.some(
      ({ kind, parentSpanId }) => kind === 'SERVER' || kind === 'CONSUMER' || parentSpanId === '',
    ),
    requestId: outermost.spanId,
  };
}

/** Returns the services of a chain, each with its outermost span that recorded an exception, or its outermost span. */
function pathOf(spans: readonly FailedSpan[]): readonly FailureStep[] {
  const steps: FailureStep[] = [];
  const [leaf] = spans;
  if (leaf !== undefined && leaf.peer !== '')
    steps.push({ service: leaf.peer, isPeer: true, type: '', spanName: leaf.name });
  for (const [index, span] of spans.entries()) {
    const step = { service: span.service, isPeer: false, type: kindOf(span), spanName: span.name };
    const last = steps.at(-1);
    if (index === 0 || last === undefined || last.isPeer || last.service !== span.service) steps.push(step);
    else if (span.exceptionType !== '' || last.type === 'Error') steps[steps.length - 1] = step;
  }
  return steps;
}

/**
 * Joins failures of one trace with the same exception in different services: a span between them did not fail. The one
 * that starts last is where it began. Takes them in order of their start, latest first.
 */
function joinSame(failures: readonly Failure[]): readonly Failure[] {
  const joined = new Map<string, Failure>();
  const result: Failure[] = [];
  for (const failure of failures) {
    const key = JSON.stringify([failure.type, failure.template]);
    const inner = joined.get(key);
    if (failure.template === '' || inner === undefined || inner.span.service === failure.span.service) {
      if (inner === undefined) joined.set(key, failure);
      result.push(failure);
      continue;
    }
    const whole: Failure = {
      ...inner,
      path: [...inner.path, ...failure.path.filter(({ isPeer }) => !isPeer)],
      spans: [...inner.spans, ...failure.spans],
      failsRequest: inner.failsRequest || failure.failsRequest,
    };
    result[result.indexOf(inner)] = whole;
    joined.set(key, whole);
  }
  return result;
}
