import { z } from '@hono/zod-openapi';

const callFrame = z.object({
  functionName: z.string(),
  scriptId: z.string(),
  url: z.string(),
  lineNumber: z.number().describe('0-based.'),
  columnNumber: z.number(),
});

export const cpuProfile = z
  .object({
    nodes: z.array(
      z.object({
        id: z.number(),
        callFrame,
        hitCount: z.number().optional(),
        children: z.array(z.number()).optional(),
      }),
    ),
    startTime: z.number().describe('Microseconds of a monotonic clock, like `endTime`.'),
    endTime: z.number(),
    samples: z.array(z.number()).optional(),
    timeDeltas: z.array(z.number()).optional(),
  })
  .describe('A CPU profile in the format of V8 (`.cpuprofile`).')
  .openapi('CpuProfile');

const missingThreads = z.array(z.string()).describe('Threads that did not respond.');

export const profileReport = z
  .object({
    startedMillis: z.number(),
    durationMillis: z.number(),
    usage: z
      .array(
        z.object({
          name: z
            .string()
            .describe('A component such as `processors/batch`, or shared code such as `garbage collection`.'),
          isComponent: z.boolean(),
          isEstimate: z
            .boolean()
            .describe('Whether the time of several components of one type was divided by the bytes that entered them.'),
          cpuMillis: z.number(),
        }),
      )
      .describe('CPU time by component and kind of code, largest first.'),
    threads: z.array(
      z.object({
        name: z.string(),
        cpuMillis: z.number(),
        profile: cpuProfile.optional().describe('Only with `detail`.'),
      }),
    ),
    missingThreads,
  })
  .openapi('ProfileReport');

const index = z.int().min(0);

export const flameProfile = z
  .object({
    kind: z.enum(['cpu', 'heap']),
    unit: z.enum(['nanoseconds', 'bytes']),
    startedMillis: z.number(),
    durationMillis: z.number(),
    total: z
      .number()
      .describe('CPU time of all threads, or size of the memory that was allocated and is still in use.'),
    owners: z.array(
      z.object({
        name: z
          .string()
          .describe('A component type such as `processors/batch`, or shared code such as `garbage collection`.'),
        isComponent: z.boolean(),
      }),
    ),
    functions: z.array(
      z.object({ name: z.string(), file: z.string(), line: z.int().describe('0 if the file is not known.') }),
    ),
    frames: z
      .object({
        parents: z.array(z.int().min(-1)).describe('Index of the frame that called it, −1 for an owner.'),
        functions: z.array(index),
        owners: z.array(index).describe('What the own time or memory of the frame is attributed to.'),
        values: z.array(z.number()).describe('Time or memory of the frame and of what it called.'),
      })
      .describe('Frames in columns. Each is followed by what it called. The first level are owners.'),
    omittedFrames: z.int().describe('Number of small frames that are left out with what they called.'),
    missingThreads,
  })
  .openapi('FlameProfile');
