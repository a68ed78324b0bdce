import { defineProcessor } from '../component/define.ts';
import { duration, ignored, z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import { GroupByTraceProcessor } from './group_by_trace/processor.ts';

const unsupported = (what: string) =>
  z
    .boolean()
    .prefault(false)
    .refine((value) => !value, { error: 'expected false: the Collector refuses it as well' })
    .describe(`Accepted for compatibility if it is false: ${what}`);

export const groupByTrace = defineProcessor({
  summary: 'Buffers the spans of a trace for some time, and forwards them together.',
  stability: 'beta',
  signals: ['traces'],
  aliases: ['groupbytrace'],
  partitionBy: 'trace',
  config: z.object({
    waitDuration: duration()
      .prefault('1s')
      .describe('How long to wait for more spans after the first span of a trace.'),
    numTraces: z
      .int()
      .min(1)
      .prefault(1_000_000)
      .describe('Maximum number of buffered traces. Beyond it, the oldest trace is dropped.'),
    numWorkers: ignored('threads are those of the service', { schema: z.int().min(1), effective: 1 }),
    discardOrphans: unsupported('traces without a root span are forwarded.'),
    storeOnDisk: unsupported('traces are kept in memory.'),
  }),
  examples: [
    { title: 'Wait 10 seconds for the spans of a trace', config: { wait_duration: '10s', num_traces: 100000 } },
  ],
  describe: ({ numTraces }) => `at most ${formatCount(numTraces, 'trace')}`,
  create: (config, next, context) => new GroupByTraceProcessor(config, next, context),
});
