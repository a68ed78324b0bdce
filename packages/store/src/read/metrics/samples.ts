import type { Distribution, MetricSamples, MetricSamplesQuery, MetricStream } from '../../samples.ts';
import type { StatementLimits, StatementResult } from '../duck/protocol.ts';
import { type ReadContext, withRange } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { type DistributionColumns, distributionAt, exemplarsAt } from './distributions.ts';
import { readNumberPoints } from './number-points.ts';
import { type PointBudget, pointsOf, takeFrom } from './points-statement.ts';

/** Rows of one fetch. */
const PIECE = { maxRows: 65_536, maxResultBytes: 8 << 20 };

/** Returns the points of streams as columns. */
export async function metricSamples(
  context: ReadContext,
  query: MetricSamplesQuery,
): Promise<readonly MetricSamples[]> {
  if (query.streams.length === 0) return [];
  return withRange(context, query, 'metrics', [], async (files) => {
    const numbers = query.streams.filter(({ kind }) => kind === 'gauge' || kind === 'sum');
    const others = query.streams.filter(({ kind }) => kind !== 'gauge' && kind !== 'sum');
    const budget = { points: query.limit };
    return [
      ...(query.exemplars
        ? await readPoints(context, query, files, numbers, budget, false)
        : await readNumberPoints(context, query, files, numbers, budget)),
      ...(await readPoints(context, query, files, others, budget, true)),
    ];
  });
}

const NUMBERS = [
  'position',
  'epoch_ms(time)::DOUBLE AS time',
  'coalesce(epoch_ms(start_time), 0)::DOUBLE AS start_time',
  'coalesce(value_double, value_int::DOUBLE) AS value',
  '(coalesce(flags, 0) & 1)::INTEGER AS stale',
];
const DISTRIBUTIONS = [
  ...['count::DOUBLE AS count', 'sum', 'explicit_bounds', 'bucket_counts', 'scale'],
  ...['zero_count::DOUBLE AS zero_count', 'zero_threshold', 'positive', 'negative', 'quantiles'],
];

async function readPoints(
  context: ReadContext,
  query: MetricSamplesQuery,
  files: Files,
  streams: readonly MetricStream[],
  budget: PointBudget,
  areDistributions: boolean,
): Promise<MetricSamples[]> {
  if (streams.length === 0) return [];
  const columns = [...NUMBERS, ...(areDistributions ? DISTRIBUTIONS : []), ...(query.exemplars ? ['exemplars'] : [])];
  const text = `${pointsOf(query, files, streams, columns)} ORDER BY position, time`;
  const limits: StatementLimits = { ...context.limits, ...PIECE };
  const collected: Collected = { streams, areDistributions, current: undefined, done: [] };
  for await (const result of context.duck.stream({ tenant: query.tenant, text, parameters: {}, limits })) {
    takeFrom(budget, result.rowCount, query);
    addRows(collected, result);
  }
  finishStream(collected);
  return collected.done;
}

/** The points of a stream so far. */
interface Points {
  readonly position: number;
  readonly times: number[];
  readonly startTimes: number[];
  readonly values: number[];
  readonly stale: number[];
  readonly distributions: Distribution[];
  readonly exemplars: MetricSamples['exemplars'][number][];
}

interface Collected {
  readonly streams: readonly MetricStream[];
  readonly areDistributions: boolean;
  current: Points | undefined;
  readonly done: MetricSamples[];
}

function addRows(collected: Collected, { columns, rowCount }: StatementResult): void {
  const column = (name: string): readonly unknown[] => columns.find((one) => one.name === name)?.values ?? [];
  const [positions, times, starts] = [column('position'), column('time'), column('start_time')] as number[][];
  const [values, stale] = [column('value'), column('stale')] as number[][];
  const distributions = Object.fromEntries(columns.map(({ name, values: own }) => [name, own])) as DistributionColumns;
  for (let row = 0; row < rowCount; row++) {
    const position = positions[row];
    if (collected.current?.position !== position) {
      finishStream(collected);
      collected.current = {
        position,
        times: [],
        startTimes: [],
        values: [],
        stale: [],
        distributions: [],
        exemplars: [],
      };
    }
    const { current } = collected;
    current.times.push(times[row]);
    current.startTimes.push(starts[row]);
    current.values.push(values[row] ?? Number.NaN);
    current.stale.push(stale[row]);
    if (collected.areDistributions) current.distributions.push(distributionAt(distributions, row));
    if (distributions.exemplars !== undefined) current.exemplars.push(...exemplarsAt(distributions.exemplars[row]));
  }
}

function finishStream(collected: Collected): void {
  const { current } = collected;
  collected.current = undefined;
  if (current === undefined) return;
  collected.done.push({
    stream: collected.streams[current.position],
    times: Float64Array.from(current.times),
    startTimes: Float64Array.from(current.startTimes),
    values: Float64Array.from(current.values),
    stale: Uint8Array.from(current.stale),
    distributions: collected.areDistributions ? current.distributions : undefined,
    exemplars: current.exemplars,
  });
}
