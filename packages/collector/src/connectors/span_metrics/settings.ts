import { ExplicitDistribution, ExponentialDistribution } from '../../metrics/distribution.ts';
import { isDelta, type SpanMetricsConfig } from './config.ts';
import { Dimensions } from './dimensions.ts';
import { DurationSeries, type Series, type SeriesStart, SumSeries } from './series.ts';
import { SeriesIdentity } from './series-identity.ts';

/** A parsed configuration, prepared for use. */
export interface Settings {
  readonly config: SpanMetricsConfig;
  readonly isDelta: boolean;
  readonly identity: SeriesIdentity;
  readonly common: Dimensions;
  readonly calls: Dimensions;
  readonly durations: Dimensions;
  readonly events: Dimensions;
  /** Divisor that converts nanoseconds to the configured unit. */
  readonly nanosPerUnit: number;
  /** Maximum number of exemplars per data point; 0 disables exemplars. */
  readonly maxExemplars: number;
  createSum(start: SeriesStart): Series;
  /** `undefined` if there is no duration metric. */
  readonly createDuration: ((start: SeriesStart) => Series) | undefined;
}

/** Prepares a configuration for use. */
export function settingsOf(config: SpanMetricsConfig, instanceId: string): Settings {
  const { histogram, exemplars } = config;
  const common = new Dimensions(config.dimensions);
  const delta = isDelta(config);
  return {
    config,
    isDelta: delta,
    identity: new SeriesIdentity(config, common, instanceId),
    common,
    calls: new Dimensions(config.callsDimensions),
    durations: new Dimensions(histogram.dimensions),
    events: new Dimensions(config.events.dimensions),
    nanosPerUnit: nanosPerUnit(histogram.unit),
    maxExemplars: exemplars.enabled ? exemplars.maxPerDataPoint : 0,
    createSum: (start) => new SumSeries(start, delta),
    createDuration: histogram.disable ? undefined : durationSeries(histogram),
  };
}

function durationSeries({ exponential, explicit, unit }: SpanMetricsConfig['histogram']) {
  if (exponential)
    return (start: SeriesStart) => new DurationSeries(start, new ExponentialDistribution(exponential.maxSize));
  // `explicit` without buckets means no bounds, as in the Collector.
  const boundsMillis = explicit ? (explicit.buckets ?? []) : DEFAULT_BOUNDS_MILLIS;
  const bounds = Float64Array.from(boundsMillis, (millis) => Math.round(millis * 1e6) / nanosPerUnit(unit));
  return (start: SeriesStart) => new DurationSeries(start, new ExplicitDistribution(bounds));
}

function nanosPerUnit(unit: 'ms' | 's'): number {
  return unit === 's' ? 1e9 : 1e6;
}

const DEFAULT_BOUNDS_MILLIS = [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000];
