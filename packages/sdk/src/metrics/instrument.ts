import { diag, type MetricOptions, ValueType } from '@opentelemetry/api';

/** The instrument kinds. */
export type InstrumentKind =
  | 'counter'
  | 'up_down_counter'
  | 'histogram'
  | 'gauge'
  | 'observable_counter'
  | 'observable_up_down_counter'
  | 'observable_gauge';

/** The properties of an instrument kind. */
export interface KindTraits {
  /** Whether values are observed by callbacks during collection. */
  readonly isObservable: boolean;
  /** Whether negative values are invalid. */
  readonly isPositive: boolean;
  readonly aggregation: 'sum' | 'last_value' | 'explicit_buckets';
}

/** The properties of all kinds (OpenTelemetry specification, "Default Aggregation"). */
export const KINDS: Readonly<Record<InstrumentKind, KindTraits>> = {
  counter: { isObservable: false, isPositive: true, aggregation: 'sum' },
  up_down_counter: { isObservable: false, isPositive: false, aggregation: 'sum' },
  histogram: { isObservable: false, isPositive: true, aggregation: 'explicit_buckets' },
  gauge: { isObservable: false, isPositive: false, aggregation: 'last_value' },
  observable_counter: { isObservable: true, isPositive: true, aggregation: 'sum' },
  observable_up_down_counter: { isObservable: true, isPositive: false, aggregation: 'sum' },
  observable_gauge: { isObservable: true, isPositive: false, aggregation: 'last_value' },
};

/** The identity and settings of an instrument. */
export interface InstrumentDescriptor {
  readonly name: string;
  readonly kind: InstrumentKind;
  readonly unit: string;
  readonly description: string;
  /** Whether values are integers, in the API and in OTLP. */
  readonly isInteger: boolean;
  /** Bucket boundaries advised by the program. */
  readonly boundaries: readonly number[] | undefined;
}

/** Returns an instrument's descriptor with defaults applied. Invalid settings are logged. */
export function describeInstrument(
  name: string,
  kind: InstrumentKind,
  options: MetricOptions | undefined,
): InstrumentDescriptor {
  if (!NAME.test(name)) {
    diag.warn(
      `instrument name: expected a letter, then at most 254 letters, digits, "_", ".", "-" or "/", got ${JSON.stringify(name)}`,
    );
  }
  const advised = options?.advice?.explicitBucketBoundaries;
  if (advised !== undefined && !areBoundaries(advised)) {
    diag.warn(
      `${name}: advice.explicitBucketBoundaries: expected increasing numbers, got ${JSON.stringify(advised)}; ignored`,
    );
  }
  return {
    name: String(name),
    kind,
    unit: String(options?.unit ?? ''),
    description: String(options?.description ?? ''),
    isInteger: options?.valueType === ValueType.INT,
    boundaries: areBoundaries(advised) ? advised : undefined,
  };
}

/** Reports whether the value is a list of valid bucket boundaries. */
export function areBoundaries(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > value[i - 1]));
}

/** Valid instrument names (OpenTelemetry specification, "Instrument name syntax"). */
const NAME = /^[a-z][a-z0-9_.\-/]{0,254}$/i;
