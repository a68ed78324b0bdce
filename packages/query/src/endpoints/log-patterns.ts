import { z } from '@hono/zod-openapi';
import { RecordGroups } from '../log-patterns/group-records.ts';
import { patternJson } from '../log-patterns/pattern-json.ts';
import { logPatternsResponse } from '../log-patterns/response.ts';
import { type LogSample, sampleRecords } from '../log-patterns/sample-records.ts';
import { limit, nanosOfMillis, optionalNumber } from '../request/parameters.ts';
import { defineEndpoint } from './endpoint.ts';
import { logFilterOf, logFilters } from './logs.ts';
import { axisOf } from './overview.ts';

const MAX_STEPS = 60;
/** Longest time between the range and the earlier one, 30 days. */
const MAX_COMPARE_MILLIS = 30 * 86_400_000;

export const logPatterns = defineEndpoint({
  path: '/api/v1/logs/patterns',
  permission: 'telemetry:read',
  summary:
    'Returns the patterns of the matching log records: bodies of one service and severity that differ only in their variable parts. Reads at most 10,000 records, spread over the range.',
  parameters: z.object({
    ...logFilters,
    steps: optionalNumber(1, MAX_STEPS, 'Number of steps in the range. Defaults to 20.'),
    limit: limit(100),
    compare: optionalNumber(
      1,
      MAX_COMPARE_MILLIS,
      'Milliseconds before the range of an equally long, earlier one, with which it is compared.',
    ),
  }),
  response: logPatternsResponse,
  async handle(query, { store, nowMillis }) {
    const filter = logFilterOf(query, nowMillis());
    const { steps = 20, compare } = query;
    const groups = new RecordGroups(steps);
    const sample = await sampleRecords(store(), filter, steps);
    for (const { row, step, weight } of sample.records) groups.add(row, step, weight);
    let earlier: LogSample | undefined;
    const offset = nanosOfMillis(compare ?? 0);
    if (compare !== undefined && filter.start >= offset) {
      const range = { start: filter.start - offset, end: filter.end - offset };
      earlier = await sampleRecords(store(), { ...filter, ...range }, steps);
      for (const { row, weight } of earlier.records) groups.addBefore(row, weight);
    }
    const patterns = groups.patterns();
    return {
      ...axisOf(filter, steps),
      patterns: patterns.slice(0, query.limit).map(patternJson),
      patternCount: patterns.length,
      total: sample.total,
      read: sample.records.length,
      ...(earlier !== undefined && { before: earlier.total }),
    };
  },
});
