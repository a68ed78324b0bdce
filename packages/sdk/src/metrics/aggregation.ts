import { MAX_EXPONENTIAL_SCALE, MIN_EXPONENTIAL_SCALE } from '@otelier/otlp';
import { integerOption, optionError } from '../client/option-error.ts';
import type { Instant } from '../time.ts';
import { encodeBounds } from '../wire/histogram.ts';
import type { MetricShape } from '../wire/metric.ts';
import { AlignedReservoir, type ExemplarReservoir, FixedSizeReservoir } from './exemplars.ts';
import { areBoundaries, type InstrumentDescriptor, KINDS } from './instrument.ts';
import { ExponentialHistogramPoint } from './points/exponential-histogram.ts';
import { HistogramPoint } from './points/histogram.ts';
import { LastValuePoint, ObservedSumPoint, SumPoint } from './points/number.ts';
import type { Point, PointOptions } from './points/point.ts';
import type { Temporality } from './temporality.ts';

/** How measurements are aggregated (OpenTelemetry specification, "Aggregation"). */
export type Aggregation =
  /** The default aggregation for the instrument kind. */
  | { readonly kind: 'default' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'sum' }
  | { readonly kind: 'last_value' }
  | {
      readonly kind: 'explicit_buckets';
      /**
       * Bucket boundaries, in increasing order. Default 0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1,000, 2,500, 5,000,
       * 7,500, 10,000.
       */
      readonly boundaries?: readonly number[];
      /** Whether to record minimum and maximum. Default true. */
      readonly recordMinMax?: boolean;
    }
  | {
      readonly kind: 'exponential_histogram';
      /** Maximum number of buckets for positive and for negative values, from 2 to 16,384. Default 160. */
      readonly maxSize?: number;
      /** Maximum scale, which is the highest resolution, from -10 to 20. Default 20. */
      readonly maxScale?: number;
      /** Whether to record minimum and maximum. Default true. */
      readonly recordMinMax?: boolean;
    };

/** Throws an `OptionError` if an aggregation is invalid. `option` is the name of the option. */
export function checkAggregation(option: string, aggregation: Aggregation): void {
  switch (aggregation.kind) {
    case 'explicit_buckets':
      if (aggregation.boundaries !== undefined && !areBoundaries(aggregation.boundaries)) {
        throw optionError(`${option}.boundaries`, 'increasing numbers', JSON.stringify(aggregation.boundaries));
      }
      return;
    case 'exponential_histogram':
      integerOption(`${option}.maxSize`, aggregation.maxSize, DEFAULT_MAX_SIZE, 2, 16_384);
      integerOption(
        `${option}.maxScale`,
        aggregation.maxScale,
        MAX_EXPONENTIAL_SCALE,
        MIN_EXPONENTIAL_SCALE,
        MAX_EXPONENTIAL_SCALE,
      );
      return;
    case 'default':
    case 'drop':
    case 'sum':
    case 'last_value':
      return;
    default:
      aggregation satisfies never;
      throw optionError(`${option}.kind`, 'a kind of aggregation', (aggregation as Aggregation).kind);
  }
}

/** A factory for the data points of a stream. */
export interface PointFactory {
  readonly shape: MetricShape;
  create(attributes: Uint8Array, start: Instant): Point;
  /** Creates the default exemplar reservoir for a point. */
  reservoir(random: () => number): ExemplarReservoir;
}

/** Returns the factory for an instrument's points, or `undefined` if its measurements are dropped. */
export function pointFactory(
  aggregation: Aggregation,
  descriptor: InstrumentDescriptor,
  temporality: Temporality,
): PointFactory | undefined {
  const { isObservable, isPositive, aggregation: byDefault } = KINDS[descriptor.kind];
  const isDelta = temporality === 'delta';
  const options: PointOptions = {
    isInteger: descriptor.isInteger,
    isMonotonic: isPositive,
    isDelta,
    hasNegative: !isPositive,
  };
  const oneExemplar = (random: () => number) => new FixedSizeReservoir(1, random);
  switch (aggregation.kind) {
    case 'drop':
      return undefined;
    case 'default':
      return pointFactory({ kind: byDefault, ...advised(byDefault, descriptor) }, descriptor, temporality);
    case 'sum': {
      const SumOfKind = isObservable ? ObservedSumPoint : SumPoint;
      return {
        shape: { kind: 'sum', isDelta, isMonotonic: isPositive },
        create: (attributes, start) => new SumOfKind(attributes, start, options),
        reservoir: oneExemplar,
      };
    }
    case 'last_value':
      return {
        shape: { kind: 'gauge' },
        create: (attributes, start) => new LastValuePoint(attributes, start, options),
        reservoir: oneExemplar,
      };
    case 'explicit_buckets': {
      const { boundaries = DEFAULT_BOUNDARIES, recordMinMax = true } = aggregation;
      const bounds = encodeBounds(boundaries);
      const bucketOptions = { ...options, boundaries: Float64Array.from(boundaries), bounds, recordMinMax };
      return {
        shape: { kind: 'histogram', isDelta },
        create: (attributes, start) => new HistogramPoint(attributes, start, bucketOptions),
        reservoir: (random) => new AlignedReservoir(boundaries.length + 1, random),
      };
    }
    case 'exponential_histogram': {
      const { maxSize = DEFAULT_MAX_SIZE, maxScale = MAX_EXPONENTIAL_SCALE, recordMinMax = true } = aggregation;
      const exponentialOptions = { ...options, maxSize, maxScale, recordMinMax };
      return {
        shape: { kind: 'exponential_histogram', isDelta },
        create: (attributes, start) => new ExponentialHistogramPoint(attributes, start, exponentialOptions),
        reservoir: (random) => new FixedSizeReservoir(Math.min(20, maxSize), random),
      };
    }
  }
}

/** Returns the boundaries advised by the program, which apply unless a view or reader sets an aggregation. */
function advised(kind: Aggregation['kind'], { boundaries }: InstrumentDescriptor): { boundaries?: readonly number[] } {
  return kind === 'explicit_buckets' && boundaries !== undefined ? { boundaries } : {};
}

const DEFAULT_BOUNDARIES = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];
const DEFAULT_MAX_SIZE = 160;
