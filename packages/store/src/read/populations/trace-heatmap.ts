import type { TraceHeatmap, TraceHeatmapQuery } from '../../populations/contract.ts';
import { asNumber, type ReadContext, select, withRange } from '../shared/context.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { checkPatterns } from '../shared/patterns.ts';
import { stepsOf } from '../shared/steps.ts';
import { matchingTraces } from './matching-traces.ts';

/** Number of buckets for each power of ten. */
const PER_DECADE = 8;

/** Returns the matching traces of the whole range by start time and duration. */
export async function traceHeatmap(context: ReadContext, query: TraceHeatmapQuery): Promise<TraceHeatmap> {
  await checkPatterns(context, query);
  const { times } = stepsOf(query);
  const empty = { times, bounds: [], counts: times.map(() => []), failed: times.map(() => []), sampling: 1 };
  return withRange<TraceHeatmap>(context, query, 'traces', empty, async (files, all) => {
    const parameters = new ParameterBag();
    const { definitions, sampling } = matchingTraces(query, files, all, parameters);
    const span = query.end - query.start;
    const text =
      `WITH ${definitions.join(', ')} SELECT ` +
      `least(${query.steps - 1}, greatest(0, ((start - ${query.start})::HUGEINT * ${query.steps}) // ${span}))::INTEGER AS step, ` +
      `floor(log10(greatest(duration, 1)) * ${PER_DECADE})::INTEGER AS bucket, ` +
      'count(*) AS items, count(*) FILTER (WHERE failed) AS failures FROM traces GROUP BY step, bucket';
    const rows = await select(context, query.tenant, text, parameters);
    if (rows.length === 0) return empty;
    const buckets = rows.map((row) => asNumber(row['bucket']));
    const first = buckets.reduce((low, bucket) => Math.min(low, bucket));
    const last = buckets.reduce((high, bucket) => Math.max(high, bucket));
    const cells = (): number[][] => times.map(() => Array.from({ length: last - first + 1 }, () => 0));
    const [counts, failed] = [cells(), cells()];
    for (const row of rows) {
      const [step, bucket] = [asNumber(row['step']), asNumber(row['bucket']) - first];
      const [column, failures] = [counts[step], failed[step]];
      if (column !== undefined) column[bucket] = asNumber(row['items']) * sampling;
      if (failures !== undefined) failures[bucket] = asNumber(row['failures']) * sampling;
    }
    const bounds = Array.from({ length: last - first + 1 }, (_, index) => 10 ** ((first + index) / PER_DECADE));
    return { times, bounds, counts, failed, sampling };
  });
}
