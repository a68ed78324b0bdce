import type { TraceHeatmap, TraceHeatmapQuery } from '../../populations/contract.ts';
import { type ReadContext, select, withRange } from '../shared/context.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { checkPatterns } from '../shared/patterns.ts';
import { stepsOf } from '../shared/steps.ts';
import { heatmapOf, PER_DECADE } from './heatmap-cells.ts';
import { matchingTraces } from './matching-traces.ts';

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
    return heatmapOf(rows, times, sampling);
  });
}
