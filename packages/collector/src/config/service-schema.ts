import { byteSize, duration, z } from '../component/schema.ts';
import { logsTelemetry } from '../telemetry/logs-config.ts';
import { metricsTelemetry } from '../telemetry/reader-config.ts';
import { tracesTelemetry } from '../telemetry/traces/traces-config.ts';
import { tenantsConfig } from '../tenants/config.ts';
import { pipelineTenants } from '../tenants/pipeline-tenants.ts';

const ids = (what: string) => z.array(z.string().min(1)).prefault([]).describe(what);

/** A larger number is more likely to be a typo than to match a real machine. */
const MAX_WORKERS = 64;
const WORKERS = `expected "auto" or a whole number from 1 to ${MAX_WORKERS}`;

/** The `service` section. */
export const serviceSchema = z.object({
  extensions: ids('Extensions to run, in start order.'),
  pipelines: z
    .record(
      z.string(),
      z.object({
        receivers: ids('Receivers of the pipeline, or connectors from other pipelines.'),
        processors: ids('Processors of the pipeline, in order.'),
        exporters: ids('Exporters of the pipeline, or connectors to other pipelines.'),
        tenants: pipelineTenants,
      }),
    )
    .prefault({})
    .describe('Pipelines by signal (`traces`, `metrics`, `logs`, `profiles`) and an optional name: `traces/slow`.'),
  memory: z
    .object({
      limit: byteSize()
        .optional()
        .describe('Maximum size of in-flight telemetry. Default: a quarter of the available memory, at most 192MiB.'),
    })
    .prefault({})
    .describe('Memory budget of the process.'),
  tenants: tenantsConfig(),
  shutdownTimeout: duration()
    .prefault('8s')
    .describe(
      'Maximum time to forward buffered telemetry when the process stops. Telemetry that remains after that is lost and reported. Set it below the grace period of the process supervisor (Docker: 10 s, Kubernetes: 30 s).',
    ),
  workers: z
    .union([z.literal('auto'), z.int().min(1, WORKERS).max(MAX_WORKERS, WORKERS)], WORKERS)
    .prefault(1)
    .describe(
      'Number of threads that run the pipelines, each with its own sockets on the same ports; `auto` starts one per CPU.',
    ),
  telemetry: z
    .object({
      logs: logsTelemetry(),
      metrics: metricsTelemetry(),
      traces: tracesTelemetry(),
      resource: z
        .record(z.string(), z.unknown())
        .optional()
        .describe(
          'Resource of this telemetry: attributes by name, where an empty value removes a default, or a list of `name` and `value` under `attributes`.',
        ),
    })
    .prefault({})
    .describe('Telemetry about the process itself.'),
});

/** The parsed `service.telemetry` section. */
export type TelemetryConfig = z.output<typeof serviceSchema>['telemetry'];
