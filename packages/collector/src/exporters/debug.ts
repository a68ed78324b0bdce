import {
  ACCEPTED,
  type Batch,
  type Outcome,
  REQUEST_MESSAGES,
  requestToJson,
  SIGNALS,
  type Signal,
} from '@otelier/otlp';
import type { Exporter, SignalContext } from '../component/contract.ts';
import { defineExporter } from '../component/define.ts';
import { ignored, notYet, z } from '../component/schema.ts';

const config = z.object({
  verbosity: z
    .enum(['basic', 'normal', 'detailed'])
    .prefault('basic')
    .describe(
      '`basic` logs one line per batch with its size. `normal` also logs the telemetry as OTLP/JSON, `detailed` as indented OTLP/JSON. Requests larger than 4 MiB are not shown.',
    ),
  samplingInitial: z.int().min(0).prefault(2).describe('Number of batches logged at the start of each second.'),
  samplingThereafter: z
    .int()
    .min(1)
    .prefault(1)
    .describe('Sampling of the remaining batches in that second: one in this number is logged.'),
  useInternalLogger: z
    .boolean()
    .prefault(true)
    .describe("Whether to write to otelier's log. If `false`, the output goes to standard output."),
  outputPaths: notYet('the output goes to the log or to standard output').describe(
    'Paths to write to. Not supported yet.',
  ),
  sendingQueue: ignored('batches are written at once, without a queue'),
});

export const debug = defineExporter({
  summary: 'Writes telemetry to the log, for debugging.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config,
  examples: [
    { title: 'Log everything', config: { verbosity: 'detailed' } },
    { title: 'Log 1 in 100 batches', config: { sampling_initial: 1, sampling_thereafter: 100 } },
  ],
  describe: ({ verbosity }) => verbosity,
  create: (options, context) => new DebugExporter(options, context),
});

/** Maximum size of a request that is shown. Formatting uses up to ten times as much memory, and runs on the event loop. */
const MAX_SHOWN_BYTES = 4 << 20;
/** Maximum length of JSON that is indented, because indenting allocates an object per message. */
const MAX_INDENTED_LENGTH = 16 << 20;

class DebugExporter implements Exporter {
  readonly #config: z.output<typeof config>;
  readonly #context: SignalContext;
  #second = 0;
  #seenInSecond = 0;
  #closed = false;

  constructor(options: z.output<typeof config>, context: SignalContext) {
    this.#config = options;
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
    const remaining = this.#seenInSecond - this.#config.samplingInitial;
    return remaining <= 0 || (remaining - 1) % this.#config.samplingThereafter === 0;
  }

  #write({ signal, parts, itemCount, sizeBytes }: Batch): void {
    const { one, many } = SIGNALS[signal].itemNoun;
    this.#line({ signal, itemCount, sizeBytes }, `received ${itemCount} ${itemCount === 1 ? one : many}`);
    // Profiles are not decoded, so there is no JSON for them.
    if (this.#config.verbosity === 'basic' || REQUEST_MESSAGES[signal] === undefined) return;
    for (const part of parts) this.#line({}, this.#text(signal, part));
  }

  #text(signal: Signal, part: Uint8Array): string {
    if (part.length > MAX_SHOWN_BYTES) {
      return `not shown: expected a request of at most ${MAX_SHOWN_BYTES} bytes, got ${part.length}`;
    }
    const json = requestToJson(signal, part);
    if (this.#config.verbosity !== 'detailed' || json.length > MAX_INDENTED_LENGTH) return json;
    return JSON.stringify(JSON.parse(json), undefined, 2);
  }

  #line(fields: Record<string, unknown>, text: string): void {
    if (this.#config.useInternalLogger) this.#context.logger.info(fields, text);
    else process.stdout.write(`${text}\n`);
  }
}
