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
    missingThreads: z.array(z.string()).describe('Threads that did not respond.'),
  })
  .openapi('ProfileReport');
