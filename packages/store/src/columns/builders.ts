import type { Signal } from '@otelier/otlp';
import type { SignalBuilder } from './item-builder.ts';
import { LogsBuilder } from './logs.ts';
import { PointsBuilder } from './points.ts';
import { ProfilesBuilder } from './profiles.ts';
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
