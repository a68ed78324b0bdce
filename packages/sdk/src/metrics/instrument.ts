import { diag, type MetricOptions, ValueType } from '@opentelemetry/api';

/** What an instrument measures, and how it is asked. */
export type InstrumentKind =
  | 'counter'
  | 'up_down_counter'
  | 'histogram'
  | 'gauge'
  | 'observable_counter'
  | 'observable_up_down_counter'
  | 'observable_gauge';

/** What all code that serves every kind needs to know of one. */
export interface KindTraits {
  /** Whether it is asked at each collection, and not told by the program. */
  readonly isObservable: boolean;
  /** Whether values below zero are invalid. */
  readonly isPositive: boolean;
  readonly aggregation: 'sum' | 'last_value' | 'explicit_buckets';
}

/** The table of kinds (OpenTelemetry specification, "Default Aggregation"). */
export const KINDS: Readonly<Record<InstrumentKind, KindTraits>> = {
  counter: { isObservable: false, isPositive: true, aggregation: 'sum' },
  up_down_counter: { isObservable: false, isPositive: false, aggregation: 'sum' },
  histogram: { isObservable: false, isPositive: true, aggregation: 'explicit_buckets' },
  gauge: { isObservable: false, isPositive: false, aggregation: 'last_value' },
  observable_counter: { isObservable: true, isPositive: true, aggregation: 'sum' },
  observable_up_down_counter: { isObservable: true, isPositive: false, aggregation: 'sum' },
  observable_gauge: { isObservable: true, isPositive: false, aggregation: 'last_value' },
};

/** An instrument as the program has asked for it. */
export interface InstrumentDescriptor {
  readonly name: string;
  readonly kind: InstrumentKind;
  readonly unit: string;
  readonly description: string;
  /** Whether values are integers, in the API and on the wire. */
  readonly isInteger: boolean;
  /** Boundaries of buckets that the program advises. */
  readonly boundaries: readonly number[] | undefined;
}

/** What the program has asked for, with defaults. What is invalid is warned of, and works as far as it can. */
export function describeInstrument(
  name: string,
  kind: InstrumentKind,
  options: MetricOptions | undefined,
): InstrumentDescriptor {
  if (!NAME.test(name)) {
    diag.warn(
      `the name of an instrument: expected a letter, then at most 254 letters, digits, "_", ".", "-" or "/", got ${JSON.stringify(name)}`,
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

/** Whether these can be boundaries of buckets. */
export function areBoundaries(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > value[i - 1]));
}

/** OpenTelemetry specification, "Instrument name syntax". */
const NAME = /^[a-z][a-z0-9_.\-/]{0,254}$/i;
