import type { FailedSpan } from '@otelier/store';
import { type Failure, type FailureStep, failuresOf } from './failure-chains.ts';
import { type CauseKey, causeKey } from './fingerprint.ts';
import { isLogException, occurrenceOf } from './log-exceptions.ts';
import type { MessagePart } from './message-template.ts';
import { Tally, type ValueCount } from './tally.ts';

/** A failure that occurred, to open. */
export interface FailureSample {
  /** Empty for a log record outside of traces. */
  readonly traceId: string;
  readonly spanId: string;
  /** Whether a log record has the exception, and not its span. */
  readonly isLog: boolean;
  readonly start: bigint;
  readonly message: string;
}

/** The failures with one cause. Counts are those of the spans that were read. */
export interface FailureCause {
  readonly key: CauseKey;
  /** The message of the latest one. */
  readonly message: readonly MessagePart[];
  /** Number of different constant parts of messages. */
  readonly messages: number;
  readonly spanName: string;
  /** Number of requests of the first service that failed for this cause. */
  readonly count: number;
  /** Number of calls that failed, of which a request may have several. */
  readonly attempts: number;
  /** Number of occurrences that failed a request. */
  readonly failedRequests: number;
  readonly users: number;
  readonly first: bigint;
  readonly last: bigint;
  readonly steps: readonly number[];
  /** The most frequent path, from where it began. */
  readonly path: readonly (FailureStep & { readonly count: number })[];
  /** Number of different paths. */
  readonly paths: number;
  readonly versions: readonly ValueCount[];
  readonly instances: readonly ValueCount[];
  /** The requests that failed: service and span name of the outermost server, consumer or root span. */
  readonly routes: readonly { readonly service: string; readonly name: string; readonly count: number }[];
  /** The latest ones. */
  readonly samples: readonly FailureSample[];
}

/** Number of different messages of a service, type and operation from which on they are one cause. */
export const MAX_MESSAGES = 10;
const MAX_SAMPLES = 8;
const MAX_VALUES = 10;

/** Groups failed spans by the cause of their failure, most frequent first. */
export function groupFailures(
  spans: readonly FailedSpan[],
  range: { readonly start: bigint; readonly end: bigint; readonly steps: number },
): readonly FailureCause[] {
  const failures = [...Map.groupBy(spans, ({ traceId }) => traceId).values()].flatMap(failuresOf);
  const keyOf = keysOf(failures);
  return [...Map.groupBy(failures, (failure) => keyOf(failure).fingerprint).values()]
    .map((group) => causeOf(keyOf(group[0] as Failure), group, range))
    .sort((a, b) => b.count - a.count || (a.last > b.last ? -1 : 1));
}

/** Returns the function that identifies causes. Operations with many different messages have one cause for each type. */
function keysOf(failures: readonly Failure[]): (failure: Failure) => CauseKey {
  const templates = new Map<string, Set<string>>();
  const placeOf = ({ span, type }: Failure): string => JSON.stringify([span.service, type, span.name]);
  for (const failure of failures) {
    const known = templates.get(placeOf(failure)) ?? new Set();
    templates.set(placeOf(failure), known.add(failure.template));
  }
  return (failure) => causeKey(failure, (templates.get(placeOf(failure))?.size ?? 0) > MAX_MESSAGES);
}

function causeOf(
  key: CauseKey,
  failures: readonly Failure[],
  { start, end, steps }: { readonly start: bigint; readonly end: bigint; readonly steps: number },
): FailureCause {
  const counts = new Array<number>(steps).fill(0);
  const [names, versions, instances, routes, paths] = [new Tally(), new Tally(), new Tally(), new Tally(), new Tally()];
  const users = new Set<string>();
  const templates = new Set<string>();
  const requests = new Map<string, Failure>();
  for (const failure of failures) {
    templates.add(failure.template);
    const request = `${failure.span.traceId} ${failure.requestId}`;
    // A request with several attempts is where its first one is read; each may have another path.
    if (!requests.has(request)) requests.set(request, failure);
  }
  for (const { span, spans, path } of requests.values()) {
    const step = Number(((span.start - start) * BigInt(steps)) / (end - start));
    if (step >= 0 && step < steps) counts[step] = (counts[step] ?? 0) + 1;
    names.add(span.name);
    versions.add(span.version);
    instances.add(span.instance);
    const entry = spans.findLast(
      ({ kind, parentSpanId }) => kind === 'SERVER' || kind === 'CONSUMER' || parentSpanId === '',
    );
    if (entry !== undefined) routes.add(JSON.stringify([entry.service, entry.name]));
    for (const { user } of spans) if (user !== '') users.add(user);
    paths.add(JSON.stringify(path));
  }
  const occurrences = [...requests.values()].sort((a, b) => (a.span.start > b.span.start ? -1 : 1));
  const latest = occurrences[0] as Failure;
  const path = JSON.parse(paths.top(1)[0]?.value ?? '[]') as readonly FailureStep[];
  return {
    key,
    message: latest.message,
    messages: templates.size,
    spanName: names.top(1)[0]?.value ?? '',
    count: occurrences.length,
    attempts: failures.length,
    failedRequests: occurrences.filter(({ failsRequest }) => failsRequest).length,
    users: users.size,
    first: occurrences.at(-1)?.span.start ?? 0n,
    last: latest.span.start,
    steps: counts,
    path: path.map((step) => ({ ...step, count: passing(step, occurrences, failures) })),
    paths: paths.size,
    versions: versions.top(MAX_VALUES),
    instances: instances.top(MAX_VALUES),
    routes: routes.top(MAX_VALUES).map(({ value, count }) => {
      const [service, name] = JSON.parse(value) as [string, string];
      return { service, name, count };
    }),
    samples: occurrences.slice(0, MAX_SAMPLES).map(({ span, message }) => ({
      ...occurrenceOf(span),
      isLog: isLogException(span),
      start: span.start,
      message: message.map(({ text }) => text).join(''),
    })),
  };
}

/** Returns how many occurrences passed through a step; of a peer, how many of its calls failed. */
function passing(step: FailureStep, occurrences: readonly Failure[], failures: readonly Failure[]): number {
  return (step.isPeer ? failures : occurrences).filter(({ path }) =>
    path.some(({ service, isPeer }) => service === step.service && isPeer === step.isPeer),
  ).length;
}
