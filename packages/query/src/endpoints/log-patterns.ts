import { z } from '@hono/zod-openapi';
import { type LogPattern, RecordGroups } from '../log-patterns/group-records.ts';
import { selectionConditions } from '../log-patterns/pattern-conditions.ts';
import { beginsLike } from '../log-patterns/pattern-expression.ts';
import { patternJson } from '../log-patterns/pattern-json.ts';
import { logPatternsResponse } from '../log-patterns/response.ts';
import { type LogSample, sampleRecords } from '../log-patterns/sample-records.ts';
import { selects } from '../log-patterns/separate-patterns.ts';
import { limit, nanosOfMillis, optionalNumber } from '../request/parameters.ts';
import { defineEndpoint } from './endpoint.ts';
import { logFilterOf, logFilters } from './logs.ts';
import { axisOf } from './overview.ts';

const MAX_STEPS = 60;
const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
/** Longer bodies do not fit into a URL, and lines of patterns are shorter. */
const MAX_BODY = 4000;
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
    body: z.string().max(MAX_BODY).optional().openapi({
      description:
        'Returns only the pattern of matching records with this body. The conditions must select one service and severity.',
    }),
  }),
  response: logPatternsResponse,
  async handle(query, { store, nowMillis }) {
    const filter = logFilterOf(query, nowMillis());
    const { steps = 20, compare } = query;
    const groups = new RecordGroups(steps);
    const like = query.body;
    const matching = like === undefined ? filter : { ...filter, conditions: [...filter.conditions, beginsLike(like)] };
    const sample = await sampleRecords(store(), matching, steps);
    for (const { row, step, weight } of sample.records) groups.add(row, step, weight);
    const [newest] = sample.records;
    // Of many records, those with this body may not have been read.
    if (like !== undefined && newest !== undefined) groups.add({ ...newest.row, body: like }, newest.step, 0);
    let earlier: LogSample | undefined;
    const offset = nanosOfMillis(compare ?? 0);
    if (compare !== undefined && filter.start >= offset) {
      const range = { start: filter.start - offset, end: filter.end - offset };
      earlier = await sampleRecords(store(), { ...matching, ...range }, steps);
      for (const { row, weight } of earlier.records) groups.addBefore(row, weight);
    }
    const counted = async (found: readonly LogPattern[]): Promise<readonly LogPattern[]> =>
      await Promise.all(
        found.map(async (pattern) => {
          const conditions = [...filter.conditions, ...selectionConditions(pattern.selection)];
          const search = { ...filter, conditions, limit: steps, order: 'oldest' as const, steps };
          const counts = (await store().logHistogram(search)).map(({ counts }) => sum(Object.values(counts)));
          return { ...pattern, steps: counts, count: sum(counts) };
        }),
      );
    const all = groups.patterns();
    const patterns = like === undefined ? all : await counted(all.filter(({ selection }) => selects(selection, like)));
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
