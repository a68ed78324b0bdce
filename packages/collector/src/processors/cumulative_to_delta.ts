import { type ItemCursor, METRIC_FIELDS, metricKindOf, type Outcome } from '@otelier/otlp';
import { defineProcessor } from '../component/define.ts';
import { every } from '../component/every.ts';
import { rewriteBatch } from '../component/rewriter.ts';
import { formatDuration } from '../component/units.ts';
import {
  PerMetric,
  readIsMonotonic,
  readMetricName,
  readTemporality,
  recordTemporality,
  TEMPORALITY,
} from '../metrics/metric-data.ts';
import { StreamKeys } from '../metrics/stream-keys.ts';
import { compileMetricMatch, cumulativeToDeltaConfig } from './cumulative_to_delta/config.ts';
import { DeltaConverter } from './cumulative_to_delta/converter.ts';

/** Metric types as named in the options, by the `Metric` field that contains the data. */
const TYPES: ReadonlyMap<number, string> = new Map([
  [METRIC_FIELDS.sum, 'sum'],
  [METRIC_FIELDS.histogram, 'histogram'],
  [METRIC_FIELDS.exponentialHistogram, 'exponentialhistogram'],
]);

/** Maximum number of streams whose last point is retained. Beyond it, streams that were not recently seen are removed. */
const MAX_STREAMS = 500_000;

export const cumulativeToDelta = defineProcessor({
  summary: 'Converts cumulative monotonic sums and histograms to deltas.',
  stability: 'beta',
  signals: ['metrics'],
  aliases: ['cumulativetodelta'],
  partitionBy: 'resource',
  config: cumulativeToDeltaConfig,
  examples: [
    { title: 'Convert everything', config: {} },
    {
      title: 'Convert the sums of HTTP servers, and drop the first point of each stream',
      config: {
        include: { metrics: [String.raw`^http\.server\.`], match_type: 'regexp', metric_types: ['sum'] },
        initial_value: 'drop',
        max_staleness: '24h',
      },
    },
  ],
  describe: ({ maxStaleness }) => `max. ${formatDuration(maxStaleness)} old`,
  create({ maxStaleness, initialValue, include, exclude }, next, context) {
    const { clock, dropped, logger } = context;
    const matches = compileMetricMatch(include, exclude);
    const keys = new StreamKeys();
    const converter = new DeltaConverter({
      initialValue,
      maxIdleMillis: maxStaleness === 0 ? undefined : maxStaleness,
      maxStreams: MAX_STREAMS,
      onFull: (maxStreams) => logger.warn({ maxStreams }, 'forgetting metric streams: there are too many'),
      startUnixNano: BigInt(Math.trunc(clock.now())) * 1_000_000n,
    });
    let isMismatchReported = false;
    const matched = new PerMetric((cursor) => {
      const type = TYPES.get(cursor.dataField);
      if (type === undefined || readTemporality(cursor) !== TEMPORALITY.cumulative) return false;
      if (cursor.dataField === METRIC_FIELDS.sum && !readIsMonotonic(cursor)) return false;
      return matches(readMetricName(cursor), type);
    });
    // The points that are dropped are counted by reason.
    const counts = { created: context.created, merged: context.merged };
    const item = (cursor: ItemCursor) => {
      if (!matched.of(cursor)) return 'keep';
      const reason = converter.convert(cursor, metricKindOf(cursor.dataField) ?? 'sum', keys.keyOf(cursor));
      if (reason === undefined) return 'keep';
      if (reason === 'bucket_mismatch' && !isMismatchReported) {
        isMismatchReported = true;
        logger.warn({ metric: readMetricName(cursor) }, 'dropping points of a histogram: its buckets have changed');
      }
      dropped(1, reason);
      return 'drop';
    };
    const leave = (kind: string, cursor: ItemCursor) => {
      if (kind === 'data' && matched.of(cursor)) recordTemporality(cursor, TEMPORALITY.delta);
      return 0;
    };
    const sweep =
      maxStaleness === 0 ? {} : every(context, maxStaleness, () => void converter.streams.expire(clock.now()));
    return {
      ...sweep,
      consume(batch) {
        const conversion = converter.begin();
        const outcome = rewriteBatch(batch, [{ item, leave }], next, counts);
        keys.reset();
        matched.reset();
        const end = (result: Outcome) => {
          converter.end(conversion, result.kind === 'retry');
          return result;
        };
        return outcome instanceof Promise ? outcome.then(end) : end(outcome);
      },
    };
  },
});
