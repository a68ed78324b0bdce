import type { Signal } from '@otelier/otlp';
import type { RangeQuery } from '../values.ts';

/** Adds up items and their sizes in equal steps of a range. */
export interface ItemVolumesQuery extends RangeQuery {
  readonly signal: Signal;
  readonly steps: number;
  /** Whether metrics are told apart by name, and log records by severity level. */
  readonly detail?: boolean;
}

/** The items of a service in a step. Without `detail`, the name is empty and the level 0. */
export interface ItemVolume {
  readonly step: number;
  readonly service: string;
  /** The name of the metric; empty for other signals. */
  readonly name: string;
  /** Severity level of log records: 1 to 6 are trace to fatal, 0 is unspecified or another signal. */
  readonly level: number;
  readonly items: number;
  /** Number of the items whose size is known. The others count with the average size of those of the same sender. */
  readonly sizedItems: number;
  /**
   * Size of the items in bytes, encoded in protobuf. It does not contain their resource and scope, nor the name of their
   * metric, which the items of a request share.
   */
  readonly bytes: number;
}

export interface AttributeVolumesQuery extends RangeQuery {
  readonly signal: Signal;
  /** Maximum number of attributes to return, those with the most bytes first. */
  readonly limit: number;
}

/** The items that have an attribute, and what it adds to their size. */
export interface AttributeVolume {
  readonly key: string;
  readonly items: number;
  /** Size of the keys and values in bytes, encoded in protobuf, estimated from the average length of values. */
  readonly bytes: number;
  /** Number of distinct values. */
  readonly values: number;
  /** What is known of that number. `estimated` differs by at most a tenth with a probability of 99 %. */
  readonly valuesAre: 'exact' | 'estimated' | 'at most';
}

/** The part of a store that says who sends how much. */
export interface VolumesCapability {
  /**
   * Returns items and their sizes by service and step, without reading the items if the store has summaries of them.
   * Profiles have no volumes.
   */
  itemVolumes(query: ItemVolumesQuery): Promise<readonly ItemVolume[]>;
  /**
   * Returns the attributes of items. A store that keeps items in files estimates the share of files that lie only partly
   * in the range by time.
   */
  attributeVolumes(query: AttributeVolumesQuery): Promise<readonly AttributeVolume[]>;
}
