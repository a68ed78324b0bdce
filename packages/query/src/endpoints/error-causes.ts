import { z } from '@hono/zod-openapi';
import type { RangeQuery, Store } from '@otelier/store';
import { errorCausesResponse } from '../api/error-causes.ts';
import { firstSeen } from '../errors/first-seen.ts';
import { type FailureCause, groupFailures } from '../errors/group-failures.ts';
import { logExceptions } from '../errors/log-exceptions.ts';
import { longestConstant } from '../errors/message-template.ts';
import { limit, nanosOfMillis, optionalNumber, rangeOf, rangeParameters, steps, text } from '../request/parameters.ts';
import { defineEndpoint } from './endpoint.ts';
import { axisOf } from './overview.ts';
import { populationsOf } from './populations.ts';

/** Number of failed spans that are read. If there are more, some of the traces are read. */
const MAX_SPANS = 20_000;
/** Number of log records with exceptions that are read, the newest ones. */
const MAX_RECORDS = 10_000;
/** Longest history, 30 days. */
const MAX_HISTORY_MILLIS = 30 * 86_400_000;

export const errorCauses = defineEndpoint({
  path: '/api/v1/errors/causes',
  permission: 'telemetry:read',
  summary:
    'Returns failures by their root cause: an exception that passes through several services of a trace is one occurrence, with its path. Exceptions in log records count, too.',
  parameters: z.object({
    ...rangeParameters,
    service: text('Only causes whose path contains the service.'),
    steps: steps(),
    limit: limit(50),
    history: optionalNumber(
      0,
      MAX_HISTORY_MILLIS,
      'Milliseconds before the range in which earlier occurrences are searched. Defaults to 0.',
    ),
  }),
  response: errorCausesResponse,
  async handle(query, { store, nowMillis }) {
    const range = rangeOf(query, nowMillis());
    const failed = await populationsOf(store()).failedSpans({ ...range, limit: MAX_SPANS });
    const { sampling } = failed;
    const records = await logExceptions(store(), range, failed, MAX_RECORDS);
    const all = groupFailures([...failed.spans, ...records], { ...range, steps: query.steps }).filter(
      ({ path }) =>
        query.service === undefined || path.some(({ service, isPeer }) => !isPeer && service === query.service),
    );
    const causes = all.slice(0, query.limit);
    const earlier = await history(store(), range, query.history ?? 0, causes);
    return {
      ...axisOf(range, query.steps),
      causes: causes.map((cause) => causeJson(cause, sampling, earlier)),
      total: all.length,
      occurrences: all.reduce((sum, { count }) => sum + count, 0) * sampling,
      sampling,
    };
  },
});

/** Returns when causes were first seen before the range. */
async function history(
  store: Store,
  range: RangeQuery,
  millis: number,
  causes: readonly FailureCause[],
): Promise<ReadonlyMap<string, bigint>> {
  if (millis === 0 || causes.length === 0) return new Map();
  const span = nanosOfMillis(millis);
  const before = { ...range, start: range.start > span ? range.start - span : 0n, end: range.start };
  return firstSeen(causes, await store.errors({ ...before, steps: 1, limit: MAX_GROUPS }));
}
/** Number of groups of earlier errors that are compared. */
const MAX_GROUPS = 5000;

function causeJson(
  { key, first, last, samples, message, ...cause }: FailureCause,
  sampling: number,
  earlier: ReadonlyMap<string, bigint>,
) {
  const { fingerprint, service, type } = key;
  const scaled = <T extends { readonly count: number }>(items: readonly T[]): T[] =>
    items.map((item) => ({ ...item, count: item.count * sampling }));
  return {
    ...cause,
    fingerprint,
    service,
    type,
    message: message.map((part) => ({ ...part })),
    search: longestConstant(message),
    count: cause.count * sampling,
    attempts: cause.attempts * sampling,
    failedRequests: cause.failedRequests * sampling,
    firstSeenNanos: (earlier.get(fingerprint) ?? first).toString(),
    lastSeenNanos: last.toString(),
    steps: cause.steps.map((step) => step * sampling),
    path: scaled(cause.path),
    versions: scaled(cause.versions),
    instances: scaled(cause.instances),
    routes: scaled(cause.routes),
    samples: samples.map(({ start, ...sample }) => ({ ...sample, timeNanos: start.toString() })),
  };
}
