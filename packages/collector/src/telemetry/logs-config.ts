import { duration, ignored, z } from '../component/schema.ts';
import { exportProcessor } from './export-processor.ts';
import { otlpExporter } from './reader-config.ts';

const exporter = z
  .object({ otlp: otlpExporter.optional(), console: ignored('the lines are in `output_paths`') })
  .describe('The destination.');

const processor = exportProcessor({ one: 'record', many: 'records' }, 1_000, exporter);

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
