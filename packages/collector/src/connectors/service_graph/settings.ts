import { type Distribution, ExplicitDistribution, ExponentialDistribution } from '../../metrics/distribution.ts';
import type { StateBudget } from '../../metrics/state-budget.ts';
import type { ServiceGraphConfig } from './config.ts';

/** A parsed configuration, prepared for use. */
export interface Settings {
  readonly maxItems: number;
  readonly ttlMillis: number;
  readonly dimensions: readonly string[];
  /** The dimensions of both sides, including their prefixes. */
  readonly sidedDimensions: readonly string[];
  /** Attributes that name a server; empty if requests with only one span are not recorded. */
  readonly peerAttributes: readonly string[];
  readonly databaseAttributes: readonly string[];
  readonly hasVirtualNodeLabel: boolean;
  readonly isExponential: boolean;
  readonly offsetNanos: bigint;
  readonly budget: StateBudget;
  createDistribution(): Distribution;
}

/** Prepares a configuration for use. */
export function settingsOf(config: ServiceGraphConfig, budget: StateBudget): Settings {
  const { latencyHistogramBuckets, exponentialHistogramMaxSize: maxSize } = config;
  const bounds = Float64Array.from(latencyHistogramBuckets ?? DEFAULT_BOUNDS_MILLIS, secondsOf);
  return {
    maxItems: config.store.maxItems,
    ttlMillis: config.store.ttl,
    dimensions: config.dimensions,
    sidedDimensions: config.dimensions.flatMap((name) => [`client_${name}`, `server_${name}`]),
    peerAttributes: config.virtualNodePeerAttributes ?? DEFAULT_PEER_ATTRIBUTES,
    databaseAttributes:
      config.databaseNameAttributes.length === 0 ? DEFAULT_DATABASE_ATTRIBUTES : config.databaseNameAttributes,
    hasVirtualNodeLabel: config.virtualNodeExtraLabel,
    isExponential: maxSize !== 0,
    offsetNanos: BigInt(Math.round(config.metricsTimestampOffset * 1e6)),
    budget,
    createDistribution: () => (maxSize === 0 ? new ExplicitDistribution(bounds) : new ExponentialDistribution(maxSize)),
  };
}

/** Converts milliseconds to seconds, as Go's `Duration.Seconds` does. */
function secondsOf(millis: number): number {
  const nanos = Math.round(millis * 1e6);
  return Math.trunc(nanos / 1e9) + (nanos % 1e9) / 1e9;
}

const DEFAULT_BOUNDS_MILLIS = [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000];
const DEFAULT_PEER_ATTRIBUTES = ['peer.service', 'db.name', 'db.system'];
const DEFAULT_DATABASE_ATTRIBUTES = ['db.name'];
