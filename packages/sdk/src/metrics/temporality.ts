import { diag } from '@opentelemetry/api';
import { optionError } from '../client/option-error.ts';
import type { Environment } from '../environment.ts';
import type { InstrumentKind } from './instrument.ts';

/** Determines whether a point counts since the last report (`delta`) or since the start (`cumulative`). */
export type Temporality = 'delta' | 'cumulative';

/** An exporter's temporality preference (OpenTelemetry specification, "Metrics Exporter - OTLP"). */
export type TemporalityPreference = 'cumulative' | 'delta' | 'lowmemory';

/** A function that returns the temporality for an instrument kind. */
export type TemporalitySelector = (kind: InstrumentKind) => Temporality;

/** Returns the selector set by the option, or else by the environment, or else cumulative temporality. */
export function temporalitySelector(
  name: string,
  option: TemporalityPreference | TemporalitySelector | undefined,
  environment: Environment,
): TemporalitySelector {
  if (typeof option === 'function') return option;
  if (option !== undefined && !Object.hasOwn(DELTA_KINDS, option)) {
    throw optionError(name, 'cumulative, delta or lowmemory', option);
  }
  const deltaKinds = DELTA_KINDS[option ?? fromEnvironment(environment)];
  return (kind) => (deltaKinds.includes(kind) ? 'delta' : 'cumulative');
}

function fromEnvironment(environment: Environment): TemporalityPreference {
  const value = environment[VARIABLE] || 'cumulative';
  const preference = value.toLowerCase();
  if (preference === 'cumulative' || preference === 'delta' || preference === 'lowmemory') return preference;
  diag.warn(`${VARIABLE}: expected cumulative, delta or lowmemory, got ${JSON.stringify(value)}; ignored`);
  return 'cumulative';
}

const VARIABLE = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';

/**
 * Instrument kinds with delta temporality. OTLP gauges have no temporality; for them it determines whether a gauge is
 * reported again without a new measurement.
 */
const DELTA_KINDS: Readonly<Record<TemporalityPreference, readonly InstrumentKind[]>> = {
  cumulative: [],
  delta: ['counter', 'histogram', 'gauge', 'observable_counter', 'observable_gauge'],
  lowmemory: ['counter', 'histogram'],
};
