import type { PipelineGraph } from '@otelier/query';
import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { Component } from '../component/contract.ts';
import { errorMessage } from '../component/error-message.ts';
import { VERSION } from '../component/version.ts';
import type { MetricsLevel } from './collector-metrics.ts';
import type { MetricsReader } from './reader-config.ts';

/** The settings in `service.telemetry` that apply to metrics. */
export interface TelemetrySettings {
  readonly metrics: { readonly level: MetricsLevel; readonly readers: readonly MetricsReader[] };
}

/** The parts of a service that its telemetry about itself needs. */
export interface TelemetryContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Attributes of the process. */
  readonly resource: Readonly<Record<string, string>>;
  graph(): PipelineGraph;
}

/** Thrown when the telemetry of the process cannot start. The message names the option and the reason. */
export class TelemetryError extends Error {
  override readonly name = 'TelemetryError';
}

/** Creates the metrics readers configured in `service.telemetry`. Their start fails with a `TelemetryError`. */
export function createTelemetry(
  settings: TelemetrySettings,
  context: TelemetryContext,
): Required<Pick<Component, 'start' | 'shutdown'>> {
  const { level, readers } = settings.metrics;
  let component: Component | undefined;
  return {
    async start() {
      if (level === 'none' || readers.length === 0) return;
      component = await createComponent(settings, context);
      try {
        await component.start?.();
      } catch (error) {
        throw new TelemetryError(`service.telemetry.metrics.readers: ${errorMessage(error)}`, { cause: error });
      }
    },
    async shutdown() {
      await component?.shutdown?.();
    },
  };
}

/** Creates the readers, whose modules are loaded only if there is one. */
async function createComponent(
  { metrics: { level, readers } }: TelemetrySettings,
  { clock, logger, resource, graph }: TelemetryContext,
): Promise<Component> {
  const [{ createReaders }, { collectorMetrics }] = await Promise.all([
    import('./readers.ts'),
    import('./collector-metrics.ts'),
  ]);
  const startMillis = clock.now();
  const startedAt = clock.monotonic();
  return createReaders(readers, {
    clock,
    logger,
    read() {
      const { user, system } = process.cpuUsage();
      const times = { uptimeSeconds: (clock.monotonic() - startedAt) / 1000, cpuSeconds: (user + system) / 1e6 };
      return {
        resource,
        scope: { name: 'otelier', version: VERSION },
        startMillis,
        // After a clock change, the time of a point must not precede its start time.
        nowMillis: Math.max(clock.now(), startMillis),
        metrics: collectorMetrics(graph(), times, level),
      };
    },
  });
}
