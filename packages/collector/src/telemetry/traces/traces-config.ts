import { ignored, z } from '../../component/schema.ts';
import { exportProcessor } from '../export-processor.ts';
import { otlpExporter } from '../reader-config.ts';

const exporter = z
  .object({
    otlp: otlpExporter.optional(),
    console: z.object({}).optional().describe('Writes the spans to standard output, as OTLP/JSON lines.'),
  })
  .refine(({ otlp, console }) => (otlp === undefined) !== (console === undefined), {
    error: 'expected either otlp or console',
  })
  .describe('The destination.');

const processor = exportProcessor({ one: 'span', many: 'spans' }, 5_000, exporter);

const rootSampler = {
  alwaysOn: z.object({}).optional().describe('Samples every trace.'),
  alwaysOff: z.object({}).optional().describe('Samples no trace.'),
  traceIdRatioBased: z
    .object({ ratio: z.number().min(0).max(1).prefault(1).describe('Fraction of the traces, by their ID.') })
    .optional()
    .describe('Samples a fraction of the traces.'),
};

const EXACTLY_ONE = { error: 'expected exactly one sampler' };
const isSingle = (sampler: object) => Object.values(sampler).filter((value) => value !== undefined).length === 1;
const simpleSampler = z.object(rootSampler).refine(isSingle, EXACTLY_ONE);

const sampler = z
  .object({
    ...rootSampler,
    parentBased: z
      .object({
        root: simpleSampler.prefault({ alwaysOn: {} }).describe('For traces that begin here.'),
        remoteParentSampled: simpleSampler.prefault({ alwaysOn: {} }).describe('For sampled traces of clients.'),
        remoteParentNotSampled: simpleSampler.prefault({ alwaysOff: {} }).describe('For other traces of clients.'),
        localParentSampled: simpleSampler.prefault({ alwaysOn: {} }).describe('For children of sampled spans.'),
        localParentNotSampled: simpleSampler.prefault({ alwaysOff: {} }).describe('For children of other spans.'),
      })
      .optional()
      .describe('Decides by the parent of a span.'),
    jaegerRemote: ignored('all traces are sampled'),
  })
  .prefault({})
  .refine((value) => Object.values(value).filter((each) => each !== undefined).length <= 1, EXACTLY_ONE)
  .describe('Which traces to record. Default: all, unless a client has decided against one.');

/** Returns the field `service.telemetry.traces`, as in the Collector. */
export function tracesTelemetry() {
  return z
    .object({
      level: z
        .enum(['none', 'basic', 'normal', 'detailed'])
        .prefault('basic')
        .describe('`none` turns the traces off, all other levels are the same.'),
      propagators: z
        .array(z.enum(['tracecontext', 'b3']))
        .prefault([])
        .describe(
          'Headers by which traces continue those of clients, and destinations continue them: `tracecontext`, `b3`. Default: none.',
        ),
      processors: z.array(processor).prefault([]).describe('Where the spans go. Default: nowhere.'),
      sampler,
      limits: ignored('spans have few attributes and events'),
    })
    .prefault({})
    .describe('Traces of the process: a span for each request that it receives, and for each batch that it exports.');
}

/** The parsed `service.telemetry.traces` section. */
export type TracesConfig = z.output<ReturnType<typeof tracesTelemetry>>;

/** The parsed sampler. */
export type SamplerConfig = z.output<typeof sampler>;

/** A sampler that does not depend on the parent. */
export type SimpleSamplerConfig = z.output<typeof simpleSampler>;
