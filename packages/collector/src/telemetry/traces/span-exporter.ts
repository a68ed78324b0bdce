import { randomBytes, randomUUID } from 'node:crypto';
import { ACCEPTED, requestToJson } from '@otelier/otlp';
import type { Clock, ExportClient } from '@otelier/transport';
import type { Tracer } from '../../component/tracing/tracer.ts';
import { AT_ONCE, ExportQueue, type OwnTelemetryContext } from '../export-queue.ts';
import type { OtlpReader } from '../reader-config.ts';
import { encodeSpans } from './encode-spans.ts';
import { createTracer, OWN_HEADER } from './own-tracer.ts';
import { createPropagation } from './propagation.ts';
import type { SpanData } from './span.ts';
import type { TracesConfig } from './traces-config.ts';

/** Most spans that are kept until the exporter starts. */
const MAX_EARLY_SPANS = 2_048;

/** Sends the spans of the process, as `service.telemetry.traces.processors` tells. */
export class SpanExporter {
  /** Identifies the process in the header of its own traces, so that it does not trace their receipt. */
  readonly process: string = randomUUID();
  readonly #config: TracesConfig;
  readonly #write: (line: string) => void;
  #queues: readonly ExportQueue<SpanData>[] | undefined;
  readonly #early: SpanData[] = [];

  constructor(config: TracesConfig, write: (line: string) => void = (line) => process.stdout.write(line)) {
    this.#config = config;
    this.#write = write;
  }

  /** Takes an ended span. Those from before the start are sent after it. */
  readonly add = (span: SpanData): void => {
    if (this.#queues === undefined) {
      if (this.#early.length < MAX_EARLY_SPANS) this.#early.push(span);
      return;
    }
    for (const queue of this.#queues) queue.add(span);
  };

  /** Takes the spans of another thread. */
  readonly addAll = (spans: readonly SpanData[]): void => spans.forEach(this.add);

  /** Creates the tracer of the main thread, or returns `undefined` if nothing is to be traced. */
  createTracer(clock: Clock): Tracer | undefined {
    return createTracer(this.#config, { clock, process: this.process, onEnd: this.add });
  }

  /** Starts to send. */
  async start({ resource, scope, ...context }: OwnTelemetryContext): Promise<void> {
    const { level, processors } = this.#config;
    if (level === 'none' || processors.length === 0) return;
    const { createClient } = await import('../readers.ts');
    const headers = Object.entries(this.#headers()).map(([name, value]) => ({ name, value }));
    const client = (otlp: OtlpReader) =>
      createClient({ ...otlp, headers: [...otlp.headers, ...headers] }, context.clock, 'traces');
    const encode = (spans: readonly SpanData[]) => encodeSpans(resource, scope, spans);
    this.#queues = processors.flatMap(({ batch, simple }) => {
      const { otlp } = (batch ?? simple)?.exporter ?? {};
      const options = { ...(batch ?? AT_ONCE), signal: 'traces', endpoint: otlp?.endpoint ?? 'stdout' } as const;
      const destination = otlp === undefined ? consoleClient(this.#write) : client(otlp);
      return [new ExportQueue(options, destination, context, encode)];
    });
    for (const span of this.#early.splice(0)) this.add(span);
  }

  /** Returns the number of spans that were dropped, by reason; `undefined` without processors. */
  dropped(): Readonly<Record<string, number>> | undefined {
    const queues = this.#queues;
    if (queues === undefined || queues.length === 0) return undefined;
    return {
      queue_full: queues.reduce((sum, { overflowItems }) => sum + overflowItems, 0),
      export_failed: queues.reduce((sum, { failedItems }) => sum + failedItems, 0),
    };
  }

  /** Sends what waits, and ends. Idempotent. */
  async shutdown(): Promise<void> {
    const queues = this.#queues ?? [];
    this.#queues = [];
    await Promise.all(queues.map((queue) => queue.shutdown()));
  }

  /**
   * Returns headers that keep the process from tracing its own traces, also when they come back through other processes:
   * these continue a trace that is not sampled.
   */
  #headers(): Readonly<Record<string, string>> {
    const span = {
      traceId: randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      isSampled: false,
    };
    return { [OWN_HEADER]: this.process, ...createPropagation(this.#config.propagators).inject(span) };
  }
}

function consoleClient(write: (line: string) => void): ExportClient {
  return {
    async export(signal, parts) {
      for (const part of parts) write(`${requestToJson(signal, part)}\n`);
      return ACCEPTED;
    },
    shutdown: () => Promise.resolve(),
  };
}
