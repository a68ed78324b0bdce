import type { ByteWriter } from '../parquet/byte-writer.ts';
import { ContainerBuilder } from './containers.ts';
import { fieldRanges } from './json.ts';
import { METRIC_KINDS } from './metric-shapes.ts';
import { TEMPORALITIES } from './names.ts';
import { forEachField, varint, varintLow } from './wire.ts';

/** Creates a builder for metrics, from which the columns that describe them are derived. */
export function createMetrics() {
  const names = ['name', 'description', 'unit', 'kind', 'temporality', 'is_monotonic'] as const;
  return new ContainerBuilder(names, (blob) => {
    const text = (field: number) => {
      const [from, to] = fieldRanges(blob, 0, blob.length, field);
      return from === undefined || to === from ? undefined : blob.subarray(from, to);
    };
    const data = describeData(blob);
    return {
      name: text(1) ?? new Uint8Array(0),
      description: text(2),
      unit: text(3),
      kind: Buffer.from(data.kind),
      temporality: data.temporality === undefined ? undefined : Buffer.from(data.temporality),
      is_monotonic: data.monotonic === undefined ? undefined : Buffer.from(data.monotonic ? 't' : 'f'),
    };
  });
}

/** Returns the kind, temporality and monotonicity of a Metric message's data. */
function describeData(blob: Uint8Array) {
  let kind = '';
  let temporality = 0;
  let monotonic = false;
  forEachField(blob, 0, blob.length, (field, wireType, from, to) => {
    const found = METRIC_KINDS.get(field);
    if (found === undefined || wireType !== 2) return;
    kind = found;
    forEachField(blob, from, to, (inner, type, at) => {
      if (inner === 2 && type === 0) temporality = varintLow(blob, at);
      else if (inner === 3 && type === 0) monotonic = varint(blob, at) !== 0;
    });
  });
  const hasTemporality = kind !== 'gauge' && kind !== 'summary';
  return {
    kind,
    temporality: hasTemporality ? (TEMPORALITIES[temporality] ?? String(temporality)) : undefined,
    monotonic: kind === 'sum' ? monotonic : undefined,
  };
}

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
