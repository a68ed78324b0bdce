import type { Signal } from '@otelier/otlp';
import { LogsBuilder } from './logs.ts';
import { PointsBuilder } from './points.ts';
import { ProfilesBuilder } from './profiles.ts';
import type { SignalBuilder } from './signal-builder.ts';
import { SpansBuilder } from './spans.ts';

const BUILDERS: Readonly<Record<Signal, new () => SignalBuilder>> = {
  traces: SpansBuilder,
  logs: LogsBuilder,
  metrics: PointsBuilder,
  profiles: ProfilesBuilder,
};

/** Creates an empty builder for a signal's items. */
export function createBuilder(signal: Signal): SignalBuilder {
  return new BUILDERS[signal]();
}
