import { totalmem } from 'node:os';
import { duration, ignored, z } from '../../component/schema.ts';

const MIB = 2 ** 20;

export const memoryLimiterConfig = z
  .object({
    checkInterval: duration().prefault('1s').describe('Interval between measurements of memory usage.'),
    limitMib: z
      .int()
      .min(0)
      .prefault(0)
      .describe('Maximum amount of memory that the process may use, in MiB. 0 uses `limit_percentage` instead.'),
    spikeLimitMib: z
      .int()
      .min(0)
      .prefault(0)
      .describe(
        'Maximum spike expected between measurements, in MiB. Telemetry is refused above the limit minus this value. 0 means 20% of the limit.',
      ),
    limitPercentage: z
      .number()
      .min(0)
      .max(100)
      .prefault(75)
      .describe('Maximum amount of memory, as a percentage of machine or container memory.'),
    spikeLimitPercentage: z
      .number()
      .min(0)
      .max(100)
      .prefault(0)
      .describe('Maximum spike expected between measurements, as a percentage of the memory.'),
    minGcIntervalWhenSoftLimited: ignored('Node.js schedules garbage collection'),
    minGcIntervalWhenHardLimited: ignored('Node.js schedules garbage collection'),
  })
  .refine(({ checkInterval }) => checkInterval > 0, { path: ['checkInterval'], error: 'expected more than 0' })
  .refine(({ limitMib, limitPercentage }) => limitMib > 0 || limitPercentage > 0, {
    path: ['limitMib'],
    error: 'expected limit_mib or limit_percentage above 0',
  })
  .refine(({ limitMib, spikeLimitMib }) => limitMib === 0 || spikeLimitMib < limitMib, {
    path: ['spikeLimitMib'],
    error: 'expected less than limit_mib',
  });

/** Returns the memory usage above which telemetry is refused, in bytes: the limit minus the expected spike. */
export function softLimit({
  limitMib,
  spikeLimitMib,
  limitPercentage,
  spikeLimitPercentage,
}: z.output<typeof memoryLimiterConfig>): number {
  const constrained = process.constrainedMemory();
  const available = constrained > 0 && constrained < totalmem() ? constrained : totalmem();
  const limit = limitMib > 0 ? limitMib * MIB : (available * limitPercentage) / 100;
  const spike = limitMib > 0 ? spikeLimitMib * MIB : (available * spikeLimitPercentage) / 100;
  return Math.floor(limit - (spike > 0 ? Math.min(spike, limit) : limit / 5));
}
