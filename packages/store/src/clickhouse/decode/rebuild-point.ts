import { DATA_POINT_FIELDS, EXEMPLAR_FIELDS, type WireWriter } from '@otelier/otlp';
import type { PointTable } from '../schema/layout.ts';
import { asDouble } from '../shared/context.ts';
import { type Integer, type Texts, writeCount, writeId, writeTexts, writeTime } from './rebuild-fields.ts';

/** The Collector's columns of data points, by kind. */
export interface PointColumns {
  readonly gauge: NumberColumns;
  readonly sum: NumberColumns;
  readonly histogram: HistogramColumns;
  readonly exponentialHistogram: ExponentialColumns;
  readonly summary: SummaryColumns;
}

/** A double, as text if JSON does not have it. */
type Double = number | string;

interface AnyPoint {
  readonly time: Integer;
  readonly start: Integer;
  readonly attributes: Texts;
  readonly flags: number;
}

interface WithExemplars {
  readonly exemplarTimes: readonly Integer[];
  readonly exemplarValues: readonly Double[];
  readonly exemplarSpanIds: readonly string[];
  readonly exemplarTraceIds: readonly string[];
  readonly exemplarAttributes: readonly Texts[];
}

interface NumberColumns extends AnyPoint, WithExemplars {
  readonly value: Double;
}

interface Distribution extends AnyPoint {
  readonly count: Integer;
  readonly sum: Double;
}

/** Both limits are 0 if they were not recorded. */
interface WithLimits {
  readonly min: Double;
  readonly max: Double;
}

interface HistogramColumns extends Distribution, WithExemplars, WithLimits {
  readonly bucketCounts: readonly Integer[];
  readonly bounds: readonly Double[];
}

interface ExponentialColumns extends Distribution, WithExemplars, WithLimits {
  readonly scale: number;
  readonly zeroCount: Integer;
  readonly positiveOffset: number;
  readonly positiveCounts: readonly Integer[];
  readonly negativeOffset: number;
  readonly negativeCounts: readonly Integer[];
}

interface SummaryColumns extends Distribution {
  readonly quantiles: readonly Double[];
  readonly quantileValues: readonly Double[];
}

/** Writes a data point. */
export function writePoint<Kind extends PointTable>(writer: WireWriter, kind: Kind, point: PointColumns[Kind]): void {
  const fields = DATA_POINT_FIELDS[kind];
  writeTime(writer, fields.startTimeUnixNano, point.start);
  writeTime(writer, fields.timeUnixNano, point.time);
  writeTexts(writer, fields.attributes, point.attributes);
  writeCount(writer, fields.flags, point.flags);
  VALUES[kind](writer, point);
}

const VALUES: { readonly [Kind in PointTable]: (writer: WireWriter, point: PointColumns[Kind]) => void } = {
  gauge: writeNumber,
  sum: writeNumber,
  histogram(writer, point) {
    const fields = DATA_POINT_FIELDS.histogram;
    writeDistribution(writer, fields, point);
    writer.message(fields.bucketCounts, (packed) => {
      for (const count of point.bucketCounts) packed.fixed64BigInt(BigInt(count));
    });
    writeDoubles(writer, fields.explicitBounds, point.bounds);
    writeExemplars(writer, fields.exemplars, point);
    writeLimits(writer, fields, point);
  },
  exponentialHistogram(writer, point) {
    const fields = DATA_POINT_FIELDS.exponentialHistogram;
    writeDistribution(writer, fields, point);
    writer.sint32Field(fields.scale, point.scale);
    writer.fixed64Field(fields.zeroCount, BigInt(point.zeroCount));
    writeBuckets(writer, fields.positive, point.positiveOffset, point.positiveCounts);
    writeBuckets(writer, fields.negative, point.negativeOffset, point.negativeCounts);
    writeExemplars(writer, fields.exemplars, point);
    writeLimits(writer, fields, point);
  },
  summary(writer, point) {
    const fields = DATA_POINT_FIELDS.summary;
    writeDistribution(writer, fields, point);
    for (const [index, quantile] of point.quantiles.entries()) {
      writer.message(fields.quantileValues, (one) => {
        one.doubleField(1, asDouble(quantile)).doubleField(2, asDouble(point.quantileValues[index]));
      });
    }
  },
};

/** The columns do not say whether a value was an integer. */
function writeNumber(writer: WireWriter, point: NumberColumns): void {
  writer.doubleField(DATA_POINT_FIELDS.gauge.asDouble, asDouble(point.value));
  writeExemplars(writer, DATA_POINT_FIELDS.gauge.exemplars, point);
}

type FieldsOf<Name extends string> = Readonly<Record<Name, number>>;

function writeDistribution(writer: WireWriter, fields: FieldsOf<'count' | 'sum'>, { count, sum }: Distribution): void {
  writer.fixed64Field(fields.count, BigInt(count));
  writer.doubleField(fields.sum, asDouble(sum));
}

function writeLimits(writer: WireWriter, fields: FieldsOf<'min' | 'max'>, point: WithLimits): void {
  const [min, max] = [asDouble(point.min), asDouble(point.max)];
  if (min === 0 && max === 0) return;
  writer.doubleField(fields.min, min);
  writer.doubleField(fields.max, max);
}

function writeDoubles(writer: WireWriter, field: number, values: readonly Double[]): void {
  writer.message(field, (packed) => {
    for (const value of values) packed.double(asDouble(value));
  });
}

function writeBuckets(writer: WireWriter, field: number, offset: number, counts: readonly Integer[]): void {
  if (offset === 0 && counts.length === 0) return;
  writer.message(field, (buckets) => {
    buckets.sint32Field(1, offset);
    buckets.message(2, (packed) => {
      for (const count of counts) packed.varintBigInt(BigInt(count));
    });
  });
}

function writeExemplars(writer: WireWriter, field: number, point: WithExemplars): void {
  for (const [index, time] of point.exemplarTimes.entries()) {
    writer.message(field, (exemplar) => {
      writeTime(exemplar, EXEMPLAR_FIELDS.timeUnixNano, time);
      exemplar.doubleField(EXEMPLAR_FIELDS.asDouble, asDouble(point.exemplarValues[index]));
      writeId(exemplar, EXEMPLAR_FIELDS.spanId, point.exemplarSpanIds[index], 8);
      writeId(exemplar, EXEMPLAR_FIELDS.traceId, point.exemplarTraceIds[index], 16);
      writeTexts(exemplar, EXEMPLAR_FIELDS.filteredAttributes, point.exemplarAttributes[index]);
    });
  }
}
