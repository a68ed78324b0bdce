import { z } from '@hono/zod-openapi';

const values = z
  .array(z.number().nullable())
  .describe('One value per step, the highest of its samples; null if there is none.');
const named = z.array(z.object({ name: z.string(), values }));

export const processHistory = z
  .object({
    timesMillis: z.array(z.number()).describe('Start of each step.'),
    stepMillis: z.number(),
    sampleMillis: z.number().describe('Distance of the samples. A step that is shorter can have none.'),
    sinceMillis: z.number().optional().describe('Time of the first sample that is kept.'),
    cpuCores: values,
    memoryBytes: values.describe('Resident memory of the process.'),
    heapBytes: values,
    eventLoopDelayP99Millis: values,
    admissionShare: values.describe('Bytes in flight relative to the memory limit, from 0 to 1.'),
    diskBytes: values.describe('Size of the stores.'),
    queues: named.describe('Fill level of the queue of each exporter, from 0 to 1.'),
    itemsPerSecond: named.describe('Received items, by signal.'),
    reloads: z
      .array(
        z.object({
          atMillis: z.number(),
          result: z.enum(['applied', 'rolled_back', 'unchanged']),
          trigger: z.string(),
          components: z.array(z.string()).describe('Components that were restarted, added or removed.'),
        }),
      )
      .describe('Reloads of the configuration in the range.'),
  })
  .openapi('ProcessHistory');
