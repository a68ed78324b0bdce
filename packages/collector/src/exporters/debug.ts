import { ACCEPTED, type Batch, type Outcome, REQUEST_MESSAGES, requestToJson, SIGNALS } from '@otelier/otlp';
import type { Exporter, SignalContext } from '../component/contract.ts';
import { defineExporter } from '../component/define.ts';
import { notYet, z } from '../component/schema.ts';

/** Writes what arrives to the log, for trying a configuration out. */
export const debug = defineExporter({
  summary: 'Writes what arrives to the log, for trying a configuration out.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: z.object({
    verbosity: z
      .enum(['basic', 'normal', 'detailed'])
      .prefault('basic')
      .describe(
        '`basic`: one line a batch with its size; `normal` and `detailed`: the telemetry as OTLP/JSON too, `detailed` indented.',
      ),
    samplingInitial: z.int().min(0).prefault(2).describe('Batches logged in each second before sampling sets in.'),
    samplingThereafter: z
      .int()
      .min(1)
      .prefault(1)
      .describe('Of further batches in the same second, each of this many is logged.'),
    useInternalLogger: z
      .boolean()
      .prefault(true)
      .describe('Whether lines go through the log, or straight to standard output.'),
    outputPaths: notYet('lines go to the log or to standard output').describe(
      'Other places to write to. Not available yet.',
    ),
    sendingQueue: notYet('nothing waits here').describe('A queue before writing. Not available.'),
  }),
  examples: [
    { title: 'See everything', config: { verbosity: 'detailed' } },
    { title: 'One line in a hundred', config: { sampling_initial: 1, sampling_thereafter: 100 } },
  ],
  describe: ({ verbosity }) => verbosity,
  create: (config, context) => new DebugExporter(config, context),
});

interface DebugConfig {
  readonly verbosity: 'basic' | 'normal' | 'detailed';
  readonly samplingInitial: number;
  readonly samplingThereafter: number;
  readonly useInternalLogger: boolean;
}

class DebugExporter implements Exporter {
  readonly #config: DebugConfig;
  readonly #context: SignalContext;
  #second = 0;
  #seenInSecond = 0;
  #closed = false;

  constructor(config: DebugConfig, context: SignalContext) {
    this.#config = config;
    this.#context = context;
  }

  consume(batch: Batch): Outcome {
    if (this.#closed) return { kind: 'refused', reason: 'the debug exporter is shut down' };
    if (this.#isSampled()) this.#write(batch);
    return ACCEPTED;
  }

  async shutdown(): Promise<void> {
    this.#closed = true;
  }

  #isSampled(): boolean {
    const second = Math.floor(this.#context.clock.monotonic() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#seenInSecond = 0;
    }
    this.#seenInSecond += 1;
    const further = this.#seenInSecond - this.#config.samplingInitial;
    return further <= 0 || (further - 1) % this.#config.samplingThereafter === 0;
  }

  #write({ signal, parts, itemCount, sizeBytes }: Batch): void {
    const { one, many } = SIGNALS[signal].itemNoun;
    const sentence = `Received ${itemCount} ${itemCount === 1 ? one : many}.`;
    this.#line({ signal, itemCount, sizeBytes }, sentence);
    // Profiles pass through whole and have no JSON here.
    if (this.#config.verbosity === 'basic' || REQUEST_MESSAGES[signal] === undefined) return;
    for (const part of parts) this.#line({}, this.#text(requestToJson(signal, part)));
  }

  #text(json: string): string {
    return this.#config.verbosity === 'detailed' ? JSON.stringify(JSON.parse(json), undefined, 2) : json;
  }

  #line(fields: Record<string, unknown>, text: string): void {
    if (this.#config.useInternalLogger) this.#context.logger.info(fields, text);
    else process.stdout.write(`${text}\n`);
  }
}
