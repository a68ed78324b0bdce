import type { ByteWriter } from '../parquet/byte-writer.ts';
import { METRIC_KINDS } from './metric-shapes.ts';
import { forEachField } from './wire.ts';

/** Ranges of a Metric message, and of its data in field `field`. */
export interface MetricRange {
  readonly from: number;
  readonly to: number;
  readonly field: number;
  readonly at: number;
  readonly end: number;
}

/**
 * Writes the Metric message without points, its own fields and then the other fields of its data, and returns a view of
 * it.
 */
export function writeMetricBlob(blob: ByteWriter, source: Uint8Array, metric: MetricRange): Uint8Array {
  blob.clear();
  forEachField(source, metric.from, metric.to, (field, wireType, _at, end, start) => {
    if (!METRIC_KINDS.has(field) || wireType !== 2) blob.append(source.subarray(start, end));
  });
  let size = 0;
  const forEachOwn = (visit: (start: number, end: number) => void) => {
    forEachField(source, metric.at, metric.end, (field, wireType, _at, end, start) => {
      if (field !== 1 || wireType !== 2) visit(start, end);
    });
  };
  forEachOwn((start, end) => {
    size += end - start;
  });
  blob.varint(metric.field * 8 + 2);
  blob.varint(size);
  forEachOwn((start, end) => blob.append(source.subarray(start, end)));
  return blob.view();
}
