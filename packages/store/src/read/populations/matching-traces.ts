import type { MatchingTraces } from '../../populations/contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { where } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import type { ParameterBag } from '../shared/parameters.ts';
import { rangeConditions } from '../shared/steps.ts';
import { filesAround, matchConditions } from '../traces/trace-summaries.ts';
import { sampleTraces } from './trace-sample.ts';

/** Number of rows up to which every trace is read. */
const MAX_ROWS = 4_000_000;

/** The relations `hits` and `traces`: trace_id, start, duration, failed. */
export interface TracesRelation {
  readonly definitions: readonly string[];
  /** One in this many traces is read. */
  readonly sampling: number;
}

/** Returns relations of the matching traces with their start and duration in nanoseconds. */
export function matchingTraces(
  query: MatchingTraces,
  files: Files,
  all: Files,
  parameters: ParameterBag,
): TracesRelation {
  const isFiltered = query.conditions.length > 0 || (query.text ?? '') !== '';
  const around = isFiltered ? filesAround(all, query) : files;
  const { sampling, conditions: sampled } = sampleTraces(around, MAX_ROWS);
  const hits = `SELECT DISTINCT trace_id FROM ${files.relation} ${where([...matchConditions({ ...query, limit: 0, orderBy: 'time' }, files, parameters), ...sampled])}`;
  const conditions = isFiltered ? sampled : [...rangeConditions(TIME_COLUMN.traces, query, files), ...sampled];
  const time = `epoch_ns(${TIME_COLUMN.traces})`;
  const columns = [
    'trace_id',
    `min(${time}) AS start`,
    `max(${time} + duration_ns) - min(${time}) AS duration`,
    `bool_or(status_code = 'ERROR') AS failed`,
  ];
  const traces =
    `SELECT ${columns.join(', ')} FROM ${around.relation} ${isFiltered ? 'SEMI JOIN hits USING (trace_id) ' : ''}` +
    `${where(conditions)} GROUP BY trace_id`;
  return {
    definitions: [...(isFiltered ? [`hits AS (${hits})`] : []), `traces AS (${traces})`],
    sampling,
  };
}
