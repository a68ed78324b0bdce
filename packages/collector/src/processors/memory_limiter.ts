import { totalmem } from 'node:os';
import type { Batch, Outcome } from '@otelier/otlp';
import type { Consumer, Processor, SignalContext } from '../component/contract.ts';
import { defineProcessor } from '../component/define.ts';
import { duration, z } from '../component/schema.ts';
import { formatByteSize } from '../component/units.ts';

const MIB = 2 ** 20;

const config = z
  .object({
    checkInterval: duration().prefault('1s').describe('How often memory is looked at.'),
    limitMib: z
      .int()
      .min(0)
      .prefault(0)
      .describe('Most memory that the process may have in use, in MiB. 0 means `limit_percentage` counts.'),
    spikeLimitMib: z
      .int()
      .min(0)
      .prefault(0)
      .describe('Telemetry is refused this much below the limit, in MiB. 0 means a fifth of the limit.'),
    limitPercentage: z
      .number()
      .min(0)
      .max(100)
      .prefault(75)
      .describe("The limit as a part of the machine's or container's memory."),
    spikeLimitPercentage: z.number().min(0).max(100).prefault(0).describe('`spike_limit_mib` as a part of the memory.'),
    minGcIntervalWhenSoftLimited: z.unknown().optional().describe('Accepted and not used: Node collects by itself.'),
    minGcIntervalWhenHardLimited: z.unknown().optional().describe('Accepted and not used: Node collects by itself.'),
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

/** Refuses telemetry while the process has too much memory in use. */
export const memoryLimiter = defineProcessor({
  summary: 'Refuses telemetry with a request to try again while the process has too much memory in use.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config,
  examples: [
    { title: 'At most 1500 MiB', config: { check_interval: '1s', limit_mib: 1500, spike_limit_mib: 300 } },
    { title: 'By the size of the container', config: { limit_percentage: 80, spike_limit_percentage: 20 } },
  ],
  describe: (options) => `refuses above ${formatByteSize(softLimit(options))}`,
  create: (options, next, context) => new MemoryLimiter(options, next, context),
});

type LimiterConfig = z.output<typeof config>;

/** How long a refused sender shall wait; memory needs a collection or two to be free. */
const RETRY_AFTER_MILLIS = 2000;

class MemoryLimiter implements Processor {
  readonly #config: LimiterConfig;
  readonly #next: Consumer;
  readonly #context: SignalContext;
  readonly #limit: number;
  #over = false;
  #used = 0;
  #cancel: (() => void) | undefined;

  constructor(options: LimiterConfig, next: Consumer, context: SignalContext) {
    this.#config = options;
    this.#next = next;
    this.#context = context;
    this.#limit = softLimit(options);
  }

  async start(): Promise<void> {
    this.#check();
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    if (!this.#over) return this.#next.consume(batch);
    const reason = `${formatByteSize(this.#used)} of memory are in use, above the limit of ${formatByteSize(this.#limit)}`;
    return { kind: 'retry', afterMillis: RETRY_AFTER_MILLIS, reason };
  }

  async shutdown(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #check(): void {
    this.#used = this.#context.host.memoryInUse();
    const over = this.#used > this.#limit;
    if (over !== this.#over) this.#report(over);
    this.#over = over;
    this.#cancel = this.#context.clock.setTimeout(() => this.#check(), this.#config.checkInterval);
  }

  #report(over: boolean): void {
    const { logger, reportStatus } = this.#context;
    const fields = { usedBytes: this.#used, limitBytes: this.#limit };
    reportStatus(over ? 'refusing, memory above its limit' : undefined);
    if (over) logger.warn(fields, 'Memory in use is above its limit; telemetry is refused until it is below.');
    else logger.info(fields, 'Memory in use is below its limit again; telemetry is taken.');
  }
}

/** Bytes in use above which telemetry is refused: the limit less the room for a spike. */
function softLimit({ limitMib, spikeLimitMib, limitPercentage, spikeLimitPercentage }: LimiterConfig): number {
  const constrained = process.constrainedMemory();
  const available = constrained > 0 && constrained < totalmem() ? constrained : totalmem();
  const limit = limitMib > 0 ? limitMib * MIB : (available * limitPercentage) / 100;
  const asked = limitMib > 0 ? spikeLimitMib * MIB : (available * spikeLimitPercentage) / 100;
  return Math.floor(limit - (asked > 0 ? Math.min(asked, limit) : limit / 5));
}
