import {
  DATA_POINT_FIELDS,
  EXEMPLAR_FIELDS,
  findField,
  type MetricKind,
  readDouble,
  readFixed64,
  replaceField,
  Splices,
  WireWriter,
} from '@otelier/otlp';
import { readExponentialValues } from '../../metrics/exponential-point.ts';
import { toInteger } from '../../ottl/points/aggregate-points.ts';
import type { EditablePoint } from '../../ottl/points/editable-point.ts';

/** Multiplies a point's values by a factor. Summary points are left unchanged. */
export function scalePoint(point: EditablePoint, kind: MetricKind | undefined, factor: number): void {
  switch (kind) {
    case 'gauge':
    case 'sum': {
      const { value } = point;
      if (typeof value === 'bigint') point.value = toInteger(Number(value) * factor);
      else if (value !== undefined) point.value = value * factor;
      break;
    }
    case 'histogram':
      scaleTotals(point, factor);
      point.edit((record, { explicitBounds = [] }) =>
        record.setDoubles(
          'explicitBounds',
          explicitBounds.map((bound) => bound * factor),
        ),
      );
      scaleExemplars(point, DATA_POINT_FIELDS.histogram.exemplars, factor);
      break;
    case 'exponentialHistogram':
      scaleTotals(point, factor);
      scaleBuckets(point, factor);
      scaleExemplars(point, DATA_POINT_FIELDS.exponentialHistogram.exemplars, factor);
  }
}

function scaleTotals(point: EditablePoint, factor: number): void {
  point.edit((record, { sum, min, max }) => {
    const scaled = (value: number | undefined) => (value === undefined ? undefined : value * factor);
    record.setDouble('sum', scaled(sum)).setDouble('min', scaled(min)).setDouble('max', scaled(max));
  });
}

/** Moves the buckets. Their number and logarithmic width stay the same. */
function scaleBuckets(point: EditablePoint, factor: number): void {
  point.edit((record, view) => {
    const { scale, zeroThreshold, positive, negative } = readExponentialValues(view);
    const threshold = zeroThreshold * factor;
    record.setDouble('zeroThreshold', threshold === 0 ? undefined : threshold);
    for (const [name, buckets] of [
      ['positive', positive],
      ['negative', negative],
    ] as const) {
      if (buckets.bucketCounts.length === 0) continue;
      record.setBuckets(name, { ...buckets, offset: scaledOffset(scale, buckets.offset, factor) });
    }
  });
}

/** Returns the index of the bucket that contains the scaled midpoint of another bucket. */
function scaledOffset(scale: number, offset: number, factor: number): number {
  const base = 2 ** (2 ** -scale);
  const middle = (base ** offset + base ** (offset + 1)) / 2;
  return Math.ceil(Math.log(middle * factor) * (Math.LOG2E * 2 ** scale)) - 1;
}

function scaleExemplars(point: EditablePoint, field: number, factor: number): void {
  point.mapList(field, (bytes, start, end) => {
    const exemplar = bytes.subarray(start, end);
    const { asInt, asDouble } = EXEMPLAR_FIELDS;
    const double = findField(exemplar, 0, exemplar.length, asDouble);
    const integer = findField(exemplar, 0, exemplar.length, asInt);
    const splices = new Splices();
    if (double >= 0) {
      const content = writer.doubleField(asDouble, readDouble(exemplar, double) * factor).finish();
      replaceField(splices, exemplar, 0, exemplar.length, asDouble, content);
    } else if (integer >= 0) {
      const value = Number(BigInt.asIntN(64, readFixed64(exemplar, integer)));
      const content = writer.fixed64Field(asInt, toInteger(value * factor)).finish();
      replaceField(splices, exemplar, 0, exemplar.length, asInt, content);
    }
    return splices.isEmpty ? exemplar : splices.apply(exemplar);
  });
}

const writer = new WireWriter(64);
