import {
  DataPointView,
  forEachPayload,
  type ItemCursor,
  METRIC_DATA_FIELDS,
  METRIC_FIELDS,
  MetricView,
  payloadEnd,
  payloadStart,
  readString,
} from '@otelier/otlp';
import { BatchRejection, defineRewriter } from '../component/rewriter.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import { readMetricName, TEMPORALITY } from '../metrics/metric-data.ts';
import { PointRecord } from '../metrics/point-record.ts';
import { bytesField, join, stringField } from '../ottl/record/encode.ts';
import { MessageRecord } from '../ottl/record/message-record.ts';

export const deltaToRate = defineRewriter({
  summary: 'Converts delta sums to gauges that contain their rate per second.',
  stability: 'alpha',
  signals: ['metrics'],
  aliases: ['deltatorate'],
  config: z.object({
    metrics: z.array(z.string()).min(1).describe('Names of the metrics to convert.'),
  }),
  examples: [{ title: 'Requests per second', config: { metrics: ['http.server.requests'] } }],
  describe: ({ metrics }) => formatCount(metrics.length, 'metric'),
  hooks({ metrics }, { logger }) {
    const names = new Set(metrics);
    const reported = new Set<string>();
    return {
      metric: (cursor) => {
        const name = readMetricName(cursor);
        if (!names.has(name)) return 'keep';
        metric.reset(cursor.bytes, cursor.metricStart, cursor.metricEnd);
        if (metric.kind === 'sum' && metric.aggregationTemporality === TEMPORALITY.delta) return rateOf(cursor, name);
        if (!reported.has(name)) logger.info({ metric: name }, 'no rate of a metric: it is not a delta sum');
        reported.add(name);
        return 'keep';
      },
    };
  },
});

const metric = new MetricView();
const record = new MessageRecord();
const point = new PointRecord();
const view = new DataPointView();

/** Converts the metric at the cursor to a gauge of rates. */
function rateOf({ bytes, metricStart, metricEnd }: ItemCursor, name: string): Uint8Array {
  record.reset(bytes, metricStart, metricEnd);
  const points: Uint8Array[] = [];
  const data = record.find(METRIC_FIELDS.sum);
  forEachPayload(
    bytes,
    payloadStart(bytes, data),
    payloadEnd(bytes, data),
    METRIC_DATA_FIELDS.dataPoints,
    (start, end) => {
      view.ofKind('sum').reset(bytes, start, end);
      const { value, valueKind, timeUnixNano, startTimeUnixNano } = view;
      if (valueKind === undefined)
        throw new BatchRejection(`metric "${name}": expected data points with a value, got one without`);
      const rate = ratePerSecond(Number(value), BigInt.asIntN(64, timeUnixNano - startTimeUnixNano));
      points.push(
        bytesField(METRIC_DATA_FIELDS.dataPoints, point.load(bytes, 'sum', start, end).setNumber(rate).apply()),
      );
    },
  );
  record.put(METRIC_FIELDS.sum, undefined);
  record.put(METRIC_FIELDS.gauge, bytesField(METRIC_FIELDS.gauge, join(points)));
  const unit = record.find(METRIC_FIELDS.unit);
  if (unit >= 0)
    record.put(
      METRIC_FIELDS.unit,
      stringField(METRIC_FIELDS.unit, `${readString(bytes, payloadStart(bytes, unit), payloadEnd(bytes, unit))}/s`),
    );
  return record.apply();
}

function ratePerSecond(value: number, nanos: bigint): number {
  const seconds = Number(nanos / 1_000_000_000n) + Number(nanos % 1_000_000_000n) / 1e9;
  return seconds > 0 ? value / seconds : 0;
}
