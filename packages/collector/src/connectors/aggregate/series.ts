import { encodeKey } from '@otelier/otlp';
import { CanonicalKey } from '../../component/state/canonical-key.ts';
import { type EncodedAttributes, encodeAttributes } from '../../metrics/encoded-attributes.ts';
import { Accumulator } from './accumulator.ts';
import type { AggregateFunction } from './functions.ts';

/** A metric to compute: its name and what of its values. */
export interface Definition {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly functions: readonly AggregateFunction[];
  /** Number of buckets of the distribution, or `undefined` if no function needs it. */
  readonly maxSize: number | undefined;
}

/** One combination of attribute values of a metric. */
export interface Series {
  /** Equal for equal series, wherever they are computed. */
  readonly key: string;
  readonly definition: Definition;
  readonly resource: EncodedAttributes;
  readonly attributes: EncodedAttributes;
}

/** What was computed of a series for a range of time. */
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

/** Creates the series of values whose own series would exceed the limit. The attribute is that of the specification. */
export function overflowSeries(definition: Definition): Series {
  return createSeries(definition, new Uint8Array(), encodeAttributes([['otel.metric.overflow', true]]));
}

/** Returns an accumulator for values of a series. */
export function accumulatorOf({ definition }: Series): Accumulator {
  return new Accumulator(definition.maxSize);
}

/** Returns the estimated memory of a series. */
export function seriesBytes({ key, resource, attributes }: Series): number {
  return 256 + 2 * key.length + resource.length + attributes.length;
}

/** Returns the estimated memory of an accumulator of a series. A distribution has 8 bytes for each bucket in use. */
export function accumulatorBytes({ definition: { maxSize } }: Series): number {
  return maxSize === undefined ? 256 : 512 + 4 * maxSize;
}

const canonical = new CanonicalKey();
