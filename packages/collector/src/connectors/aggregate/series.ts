import { encodeKey } from '@otelier/otlp';
import { CanonicalKey } from '../../component/state/canonical-key.ts';
import { type EncodedAttributes, encodeAttributes } from '../../metrics/encoded-attributes.ts';
import { Accumulator } from './accumulator.ts';
import type { AggregateFunction } from './functions.ts';

/** A metric to compute: its name, and the functions to compute. */
export interface Definition {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly functions: readonly AggregateFunction[];
  /** Maximum number of buckets in the distribution, or `undefined` if no function needs it. */
  readonly maxSize: number | undefined;
}

/** A combination of attribute values for a metric. */
export interface Series {
  /** Identical for equal series, wherever they are computed. */
  readonly key: string;
  readonly definition: Definition;
  readonly resource: EncodedAttributes;
  readonly attributes: EncodedAttributes;
}

/** The values of a series within a time range. */
export interface Fragment {
  readonly series: Series;
  readonly startMillis: number;
  readonly endMillis: number;
  readonly values: Accumulator;
}

/** Creates a series. */
export function createSeries(
  definition: Definition,
  resource: EncodedAttributes,
  attributes: EncodedAttributes,
): Series {
  const key = canonical
    .text(encodeKey(definition.name))
    .attributes(resource, 0, resource.length, 1)
    .attributes(attributes, 0, attributes.length, 1)
    .finish();
  return { key, definition, resource, attributes };
}

/**
 * Creates the series for values whose own series would exceed the limit. The attribute is the one defined in the
 * specification.
 */
export function overflowSeries(definition: Definition): Series {
  return createSeries(definition, new Uint8Array(), encodeAttributes([['otel.metric.overflow', true]]));
}

/** Creates an accumulator for the values of a series. */
export function accumulatorOf({ definition }: Series): Accumulator {
  return new Accumulator(definition.maxSize);
}

/** Returns the estimated memory usage of a series. */
export function seriesBytes({ key, resource, attributes }: Series): number {
  return 256 + 2 * key.length + resource.length + attributes.length;
}

/** Returns the estimated memory usage of a series' accumulator. A distribution takes 8 bytes per bucket in use. */
export function accumulatorBytes({ definition: { maxSize } }: Series): number {
  return maxSize === undefined ? 256 : 512 + 4 * maxSize;
}

const canonical = new CanonicalKey();
