import { byteSize, z } from '../component/schema.ts';

const ids = (what: string) => z.array(z.string().min(1)).prefault([]).describe(what);

/** More threads than that are a mistake in a file sooner than a machine that has use for them. */
const MAX_WORKERS = 64;
const WORKERS = `expected "auto" or a whole number from 1 to ${MAX_WORKERS}`;

/** The `service` section. */
export const serviceSchema = z.object({
  extensions: ids('Extensions to run, in the order of their start.'),
  pipelines: z
    .record(
      z.string(),
      z.object({
        receivers: ids('Where the pipeline gets its telemetry: receivers, or connectors of other pipelines.'),
        processors: ids('What works on it, in this order.'),
        exporters: ids('Where it goes: exporters, or connectors to other pipelines.'),
      }),
    )
    .prefault({})
    .describe(
      'Pipelines by their signal (`traces`, `metrics`, `logs`, `profiles`) and a name of choice: `traces/slow`.',
    ),
  memory: z
    .object({
      limit: byteSize()
        .optional()
        .describe('Most bytes of telemetry in flight. By default a quarter of the memory, at most 192MiB.'),
    })
    .prefault({})
    .describe('The memory budget of the process.'),
  workers: z
    .union([z.literal('auto'), z.int().min(1, WORKERS).max(MAX_WORKERS, WORKERS)], WORKERS)
    .prefault(1)
    .describe(
      'Threads that run the pipelines, each with sockets of its own on the same ports; `auto` is one for each processor.',
    ),
  telemetry: z
    .object({
      logs: z
        .object({
          level: z
            .string()
            .transform((level) => level.toLowerCase())
            .pipe(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']))
            .prefault('info')
            .describe('Least severity that is logged.'),
          encoding: z.enum(['console', 'json']).prefault('console').describe('How log lines look.'),
          initialFields: z.record(z.string(), z.unknown()).prefault({}).describe('Fields that every log line bears.'),
          outputPaths: ignored(),
          errorOutputPaths: ignored(),
          development: ignored(),
          disableCaller: ignored(),
          disableStacktrace: ignored(),
          sampling: ignored(),
          processors: ignored(),
        })
        .prefault({})
        .describe("The process's own log."),
      metrics: z
        .looseObject({})
        .prefault({})
        .describe(
          "The Collector's settings of its own metrics. Accepted and not used: the `internal` receiver has otelier's.",
        ),
      traces: z
        .looseObject({})
        .prefault({})
        .describe("The Collector's settings of its own traces. Accepted and not used."),
      resource: z
        .record(z.string(), z.unknown())
        .prefault({})
        .describe('Attributes that describe this process in its own telemetry.'),
    })
    .prefault({})
    .describe("The process's own telemetry."),
});

/** `service.telemetry` as code reads it. */
export type TelemetryConfig = z.output<typeof serviceSchema>['telemetry'];

function ignored() {
  return z.unknown().optional().describe('Accepted for configurations of the Collector and not used.');
}
