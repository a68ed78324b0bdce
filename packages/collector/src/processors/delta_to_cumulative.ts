import { type ItemCursor, metricKindOf } from '@otelier/otlp';
import { defineProcessor } from '../component/define.ts';
import { every } from '../component/every.ts';
import { rewriteBatch } from '../component/rewriter.ts';
import { duration, z } from '../component/schema.ts';
import { formatDuration } from '../component/units.ts';
import { PerMetric, readTemporality, recordTemporality, TEMPORALITY } from '../metrics/metric-data.ts';
import { StreamKeys } from '../metrics/stream-keys.ts';
import { Accumulator } from './delta_to_cumulative/accumulator.ts';

const SWEEP_MILLIS = 60_000;

export const deltaToCumulative = defineProcessor({
  summary: 'Converts delta sums and histograms to cumulative values.',
  stability: 'beta',
  signals: ['metrics'],
  aliases: ['deltatocumulative'],
  partitionBy: 'resource',
  config: z.object({
    maxStale: duration()
      .refine((millis) => millis > 0, { error: 'expected a duration above 0' })
      .prefault('5m')
      .describe('Time without points after which a stream is removed.'),
    maxStreams: z
      .int()
      .min(0)
      .prefault(500_000)
      .describe(
        'Maximum number of streams; points of further streams are dropped. In the Collector, the default is unlimited.',
      ),
  }),
  examples: [{ title: 'Keep streams that report once an hour', config: { max_stale: '2h', max_streams: 100000 } }],
  describe: ({ maxStale }) => `max. ${formatDuration(maxStale)} old`,
  create({ maxStale, maxStreams }, next, context) {
    const { clock, dropped } = context;
    const keys = new StreamKeys();
    const accumulator = new Accumulator({ maxStreams, maxIdleMillis: maxStale });
    const isDelta = new PerMetric((cursor) => readTemporality(cursor) === TEMPORALITY.delta);
    // The points that are dropped are counted by reason.
    const counts = { created: context.created, merged: context.merged };
    const item = (cursor: ItemCursor) => {
      const kind = metricKindOf(cursor.dataField);
      if (kind === undefined || !isDelta.of(cursor)) return 'keep';
      const result = accumulator.add(cursor, kind, keys.keyOf(cursor), clock.monotonic());
      if (typeof result !== 'string') return result;
      dropped(1, result);
      return 'drop';
    };
    const leave = (kind: string, cursor: ItemCursor) => {
      if (kind === 'data' && isDelta.of(cursor)) recordTemporality(cursor, TEMPORALITY.cumulative);
      return 0;
    };
    return {
      ...every(context, SWEEP_MILLIS, () => void accumulator.streams.expire(clock.monotonic())),
      consume(batch) {
        const outcome = rewriteBatch(batch, [{ item, leave }], next, counts);
        keys.reset();
        isDelta.reset();
        return outcome;
      },
    };
  },
});
