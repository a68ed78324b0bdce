import { type ItemCursor, METRIC_FIELDS, metricKindOf } from '@otelier/otlp';
import { defineProcessor } from '../component/define.ts';
import { every } from '../component/every.ts';
import { rewriteBatch } from '../component/rewriter.ts';
import { PerMetric, readMetricName, readTemporality } from '../metrics/metric-data.ts';
import { StreamKeys } from '../metrics/stream-keys.ts';
import { StreamTable } from '../metrics/stream-table.ts';
import { metricStartTimeConfig } from './metric_start_time/config.ts';
import { findStartTime, startTimePattern } from './metric_start_time/start-time-metric.ts';
import { createStrategy, isAdjusted, type State } from './metric_start_time/strategies.ts';

/** Maximum number of streams whose start time is stored. Beyond it, streams that were not recently seen are removed. */
const MAX_STREAMS = 500_000;

export const metricStartTime = defineProcessor({
  summary: 'Sets missing start times of cumulative metrics.',
  stability: 'beta',
  signals: ['metrics'],
  aliases: ['metricstarttime'],
  partitionBy: 'resource',
  config: metricStartTimeConfig,
  examples: [
    { title: 'Subtract the first point of each stream', config: { strategy: 'subtract_initial_point' } },
    {
      title: 'The start of the process, from a metric',
      config: { strategy: 'start_time_metric', start_time_metric_regex: '^.+_start_time$$', gc_interval: '1h' },
    },
  ],
  describe: ({ strategy }) => strategy,
  create({ strategy, gcInterval, startTimeMetricRegex }, next, context) {
    const { clock, dropped, logger } = context;
    const keys = new StreamKeys();
    const states = new StreamTable<State>({
      maxStreams: MAX_STREAMS,
      maxIdleMillis: gcInterval,
      onFull: (maxStreams) => logger.warn({ maxStreams }, 'forgetting metric streams: there are too many'),
    });
    const adjust = createStrategy(strategy, states);
    const fallback = BigInt(Math.floor(clock.now() / 1000)) * 1_000_000_000n;
    const isStartTimeMetric = strategy === 'start_time_metric' ? startTimePattern(startTimeMetricRegex) : undefined;
    let startTime = fallback;
    // As in the Collector, excludes the scope, and the temporality of sums.
    const metricKey = new PerMetric((cursor) => {
      if (!isAdjusted(strategy, cursor)) return '';
      const temporality = cursor.dataField === METRIC_FIELDS.sum ? 0 : readTemporality(cursor);
      return `${keys.resourceKeyOf(cursor)}${cursor.dataField} ${temporality} ${readMetricName(cursor)}\n`;
    });
    // The points that are dropped are counted by reason.
    const counts = { created: context.created, merged: context.merged };
    const item = (cursor: ItemCursor) => {
      const kind = metricKindOf(cursor.dataField);
      const prefix = metricKey.of(cursor);
      if (kind === undefined || prefix === '') return 'keep';
      const key = prefix + keys.attributesKeyOf(cursor);
      if (adjust(cursor, kind, key, { startTime, nowMillis: clock.monotonic() })) return 'keep';
      dropped(1, 'initial');
      return 'drop';
    };
    return {
      ...every(context, gcInterval, () => void states.expire(clock.monotonic())),
      consume(batch) {
        if (isStartTimeMetric !== undefined) startTime = findStartTime(batch, isStartTimeMetric) ?? fallback;
        const outcome = rewriteBatch(batch, [{ item }], next, counts);
        keys.reset();
        metricKey.reset();
        return outcome;
      },
    };
  },
});
