import { duration, ignored, z } from '../component/schema.ts';
import { otlpExporter } from './reader-config.ts';

const integer = (value: number) => z.int().min(1).prefault(value);

const exporter = z
  .object({ otlp: otlpExporter.optional(), console: ignored('the lines are in `output_paths`') })
  .describe('The destination.');

const processor = z
  .object({
    batch: z
      .object({
        scheduleDelay: integer(1_000).describe('Longest time that a record waits, in milliseconds.'),
        maxQueueSize: integer(2_048).describe('Records that wait at most. Further ones are dropped.'),
        maxExportBatchSize: integer(512).describe('Records in a request at most.'),
        exportTimeout: ignored('`timeout` of the exporter limits a request', { schema: z.int() }),
        exporter,
      })
      .optional()
      .describe('Sends records in batches.'),
    simple: z.object({ exporter }).optional().describe('Sends records at once, those of the same moment together.'),
  })
  .refine(({ batch, simple }) => (batch === undefined) !== (simple === undefined), {
    error: 'expected either batch or simple',
  });

/** Returns the field `service.telemetry.logs`, as in the Collector. */
export function logsTelemetry() {
  return z
    .object({
      level: z
        .string()
        .transform((level) => level.toLowerCase())
        .pipe(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']))
        .prefault('info')
        .describe('Minimum log level.'),
      encoding: z.enum(['console', 'json']).prefault('console').describe('Format of log lines.'),
      initialFields: z.record(z.string(), z.unknown()).prefault({}).describe('Fields to add to every log line.'),
      outputPaths: z
        .array(z.string().min(1))
        .min(1)
        .prefault(['stderr'])
        .describe('Where log lines go: `stderr`, `stdout`, or paths of files, which are appended to.'),
      errorOutputPaths: ignored('errors of the logger itself end the process', { effective: ['stderr'] }),
      development: ignored('there is no development mode', { effective: false }),
      disableCaller: ignored('log lines have no caller', { effective: true }),
      disableStacktrace: ignored('only bugs are logged with a stack trace', { effective: true }),
      sampling: z
        .object({
          enabled: z.boolean().prefault(true).describe('Whether to sample log lines.'),
          tick: duration()
            .refine((millis) => millis > 0, { error: 'expected an interval above 0' })
            .prefault('10s')
            .describe('Interval of the following numbers.'),
          initial: z
            .int()
            .min(0)
            .prefault(10)
            .describe('Lines with the same level and message that are logged in an interval.'),
          thereafter: z
            .int()
            .min(0)
            .prefault(100)
            .describe('Of the lines after those, each one of this number is logged; 0 means none.'),
        })
        .optional()
        .describe('Sampling of repeated log lines. Default: none, because components repeat none.'),
      processors: z.array(processor).prefault([]).describe('Where log records go over OTLP. Default: nowhere.'),
    })
    .prefault({})
    .describe('Process logs.');
}

/** A processor of log records. */
export type LogProcessor = z.output<typeof processor>;
