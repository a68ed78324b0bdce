import type { PipelineGraph } from '@otelier/query';
import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { Component } from '../component/contract.ts';
import { errorMessage } from '../component/error-message.ts';
import { counter, type OwnMetric } from '../component/observe/own-metric.ts';
import { VERSION } from '../component/version.ts';
import type { MetricsLevel } from './collector-metrics.ts';
import type { MetricsReader } from './reader-config.ts';
import type { MetricView } from './views.ts';

/** The settings in `service.telemetry` that apply to metrics. */
export interface TelemetrySettings {
  readonly metrics: {
    readonly level: MetricsLevel;
    readonly readers: readonly MetricsReader[];
    readonly views: readonly MetricView[];
  };
}

/** The parts of a service that its telemetry about itself needs. */
export interface TelemetryContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Attributes of the process. */
  readonly resource: Readonly<Record<string, string>>;
  graph(): PipelineGraph;
  /** Returns the number of reloads of the configuration. */
  reloads(): Iterable<ReloadCount>;
  /** Returns the number of spans of the process that were dropped, by reason; `undefined` without an exporter. */
  droppedSpans?(): Readonly<Record<string, number>> | undefined;
  /** Loads what reads the metrics of certificates. */
  certificateMetrics?(): Promise<() => readonly OwnMetric[]>;
  /** Returns the metrics of components about themselves. */
  componentMetrics?(): readonly OwnMetric[];
}

/** The number of reloads with a trigger and a result. */
interface ReloadCount {
  readonly trigger: string;
  readonly result: string;
  readonly count: number;
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
  { metrics: { level, readers, views } }: TelemetrySettings,
  { clock, logger, resource, graph, reloads, droppedSpans, certificateMetrics, componentMetrics }: TelemetryContext,
): Promise<Component> {
  const [{ createReaders }, { collectorMetrics }, { createViews }, readCertificates] = await Promise.all([
    import('./readers.ts'),
    import('./collector-metrics.ts'),
    import('./views.ts'),
    certificateMetrics?.(),
  ]);
  const applyViews = createViews(views);
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
        metrics: applyViews([
          ...collectorMetrics(graph(), times, level),
          reloadMetric(reloads()),
          droppedSpansMetric(droppedSpans?.()),
          ...(readCertificates?.() ?? []),
          ...(componentMetrics?.() ?? []),
        ]),
      };
    },
  });
}

function reloadMetric(reloads: Iterable<ReloadCount>): OwnMetric {
  const points = [...reloads].map(({ trigger, result, count }) => ({ attributes: { trigger, result }, value: count }));
  return counter('otelier_config_reloads', '{reload}', 'Number of reloads of the configuration, by result.', points);
}

function droppedSpansMetric(dropped: Readonly<Record<string, number>> = {}): OwnMetric {
  const points = Object.entries(dropped).map(([reason, value]) => ({ attributes: { reason }, value }));
  return counter(
    'otelier_own_spans_dropped',
    '{span}',
    'Number of spans of the process that were not exported.',
    points,
  );
}
