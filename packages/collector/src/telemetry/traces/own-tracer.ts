import { randomBytes } from 'node:crypto';
import type { Batch, BatchTrace, Signal, SpanIdentity } from '@otelier/otlp';
import type { Clock, ExportRequest } from '@otelier/transport';
import type { BatchSpan, Tracer } from '../../component/tracing/tracer.ts';
import { createPropagation, type Propagation } from './propagation.ts';
import { createSampler, type Sampler } from './sampler.ts';
import { RecordingSpan, type SpanData, type SpanStart, UnrecordedSpan } from './span.ts';
import type { TracesConfig } from './traces-config.ts';

/** What a tracer needs. */
interface TracerContext {
  readonly clock: Clock;
  /** Identifies the process in the header of its own exports. */
  readonly process: string;
  /** Takes ended spans. */
  readonly onEnd: (span: SpanData) => void;
}

/** Request header of own traces. Its value identifies the process. */
export const OWN_HEADER = 'otelier-own-traces';

/** Names in the Collector's spans: the end of the name, and the items in attributes. */
const RECEIVED: Readonly<Record<Signal, readonly [suffix: string, items: string]>> = {
  traces: ['TraceDataReceived', 'spans'],
  metrics: ['MetricsReceived', 'metric_points'],
  logs: ['LogsReceived', 'log_records'],
  profiles: ['ProfilesReceived', 'profile_samples'],
};

/** Creates the tracer for `service.telemetry.traces`, or returns `undefined` if nothing is to be traced. */
export function createTracer(config: TracesConfig, context: TracerContext): Tracer | undefined {
  if (config.level === 'none' || config.processors.length === 0) return undefined;
  return new OwnTracer(config, context);
}

class OwnTracer implements Tracer {
  readonly #context: TracerContext;
  readonly #sample: Sampler;
  readonly #propagation: Propagation;

  constructor({ sampler, propagators }: TracesConfig, context: TracerContext) {
    this.#context = context;
    this.#sample = createSampler(sampler);
    this.#propagation = createPropagation(propagators);
  }

  receive(receiver: string, { signal, encoding, transport, headers }: Omit<ExportRequest, 'body'>): BatchSpan {
    if (headers[OWN_HEADER] === this.#context.process) return OWN_SPAN;
    const parent = this.#propagation.extract(headers);
    const [suffix, items] = RECEIVED[signal];
    return this.#start(parent, 'remote', {
      name: `receiver/${receiver}/${suffix}`,
      links: [],
      attributes: { transport, format: encoding },
      counts: { accepted: `accepted_${items}`, refused: `refused_${items}` },
    });
  }

  send(exporter: string, { signal, context: { trace } }: Batch): BatchSpan {
    if (trace?.isOwn) return OWN_SPAN;
    return this.#start(trace?.span, 'local', {
      name: `exporter/${exporter}/${signal}`,
      links: trace?.links ?? [],
      attributes: { exporter, data_type: signal },
      counts: { accepted: 'items.sent', refused: 'items.failed' },
    });
  }

  /** Starts a span. Those with local parents leave the process, so that they have headers. */
  #start(
    parent: SpanIdentity | undefined,
    parentIs: 'remote' | 'local',
    start: Omit<SpanStart, 'parentSpanId'>,
  ): BatchSpan {
    const traceId = parent?.traceId ?? randomBytes(16).toString('hex');
    const isSampled = this.#sample(traceId, parent, parentIs === 'remote');
    const span = { traceId, spanId: randomBytes(8).toString('hex'), isSampled, traceState: parent?.traceState };
    const headers = parentIs === 'local' ? this.#propagation.inject(span) : undefined;
    const trace: BatchTrace = headers === undefined ? { span } : { span, headers };
    if (!isSampled) return new UnrecordedSpan(trace);
    const { clock, onEnd } = this.#context;
    return new RecordingSpan(span, trace, { ...start, parentSpanId: parent?.spanId }, clock, onEnd);
  }
}

const OWN_SPAN = new UnrecordedSpan({ isOwn: true });
