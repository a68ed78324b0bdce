import {
  type Context,
  context as contextApi,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  type Sampler,
  SamplingDecision,
  type SamplingResult,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  TraceFlags,
  type Tracer,
  type TraceState,
  trace,
} from '@opentelemetry/api';
import { isSuppressed } from '../context/suppression.ts';
import { hexOf, type IdPool, putHex } from './ids.ts';
import { RecordingSpan, type SpanHost } from './span.ts';
import { wireFlags } from './span-record.ts';

/** What the tracers of one provider share. */
export interface TracerHost extends SpanHost {
  readonly ids: IdPool;
  /** `undefined` decides as the parent did, and keeps every root. */
  readonly sampler: Sampler | undefined;
  /** Called when a span has started. */
  readonly onStart: ((span: RecordingSpan, parentContext: Context) => void) | undefined;
}

/** Starts spans of one scope. */
export class LightTracer implements Tracer {
  readonly #host: TracerHost;

  constructor(host: TracerHost) {
    this.#host = host;
  }

  startSpan(name: string, options: SpanOptions = {}, context: Context = contextApi.active()): Span {
    if (isSuppressed(context)) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const parentContext = options.root ? trace.deleteSpan(context) : context;
    const parent = trace.getSpan(parentContext);
    return parent instanceof RecordingSpan
      ? this.#childOf(parent, name, options, parentContext)
      : this.#start(parent?.spanContext(), name, options, parentContext);
  }

  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    ...rest: [F] | [SpanOptions, F] | [SpanOptions, Context, F]
  ): ReturnType<F> {
    const fn = rest.at(-1) as F;
    const options = rest.length > 1 ? (rest[0] as SpanOptions) : {};
    const context = rest.length > 2 ? (rest[1] as Context) : contextApi.active();
    const span = this.startSpan(name, options, context);
    return contextApi.with(trace.setSpan(context, span), fn as (span: Span) => ReturnType<F>, undefined, span);
  }

  /** The parent is a span of this library: no id need be spelled or read. */
  #childOf(parent: RecordingSpan, name: string, options: SpanOptions, context: Context): Span {
    const { ids, sampler } = this.#host;
    if (sampler !== undefined || (parent.flags & TraceFlags.SAMPLED) === 0) {
      return this.#start(parent.spanContext(), name, options, context);
    }
    const spanIdOffset = ids.take(8);
    const identity = {
      traceIdBytes: parent.traceIdBytes,
      traceIdOffset: parent.traceIdOffset,
      spanIdBytes: ids.bytes,
      spanIdOffset,
      parentIdBytes: parent.spanIdBytes,
      parentIdOffset: parent.spanIdOffset,
      flags: wireFlags(TraceFlags.SAMPLED, false),
    };
    return this.#record(name, options, identity, parent.contextTraceState, undefined, context);
  }

  #start(parent: SpanContext | undefined, name: string, options: SpanOptions, context: Context): Span {
    const { ids } = this.#host;
    const validParent = parent !== undefined && isSpanContextValid(parent) ? parent : undefined;
    // One piece of random bytes for both, so that both lie in the same pool.
    const offset = ids.take(validParent === undefined ? 24 : 8);
    const { bytes } = ids;
    const traceIdOffset = offset + 8;
    const result = this.#sample(
      validParent,
      validParent?.traceId ?? (() => hexOf(bytes, traceIdOffset, 16)),
      name,
      options,
      context,
    );
    const traceState = result.traceState ?? validParent?.traceState;
    const flags = result.decision === SamplingDecision.RECORD_AND_SAMPLED ? TraceFlags.SAMPLED : TraceFlags.NONE;
    if (result.decision === SamplingDecision.NOT_RECORD) {
      return trace.wrapSpanContext({
        traceId: validParent?.traceId ?? hexOf(bytes, traceIdOffset, 16),
        spanId: hexOf(bytes, offset, 8),
        traceFlags: flags,
        ...(traceState === undefined ? {} : { traceState }),
      });
    }
    const given = validParent === undefined ? undefined : bytesOf(validParent);
    const identity = {
      traceIdBytes: given ?? bytes,
      traceIdOffset: given === undefined ? traceIdOffset : 0,
      spanIdBytes: bytes,
      spanIdOffset: offset,
      parentIdBytes: given,
      parentIdOffset: 16,
      flags: wireFlags(flags, validParent?.isRemote),
    };
    return this.#record(name, options, identity, traceState, result, context);
  }

  #sample(
    parent: SpanContext | undefined,
    traceId: string | (() => string),
    name: string,
    options: SpanOptions,
    context: Context,
  ): SamplingResult {
    const { sampler } = this.#host;
    if (sampler === undefined) {
      return parent === undefined || (parent.traceFlags & TraceFlags.SAMPLED) !== 0 ? SAMPLE : DO_NOT_RECORD;
    }
    const { kind = SpanKind.INTERNAL, attributes = {}, links = [] } = options;
    return sampler.shouldSample(
      context,
      typeof traceId === 'string' ? traceId : traceId(),
      name,
      kind,
      attributes,
      links,
    );
  }

  #record(
    name: string,
    options: SpanOptions,
    identity: ConstructorParameters<typeof RecordingSpan>[3],
    traceState: TraceState | undefined,
    result: SamplingResult | undefined,
    context: Context,
  ): RecordingSpan {
    const host = this.#host;
    const span = new RecordingSpan(
      host,
      name,
      options.kind ?? SpanKind.INTERNAL,
      identity,
      traceState,
      options.startTime,
    );
    if (options.attributes) span.setAttributes(options.attributes);
    if (result?.attributes) span.setAttributes(result.attributes);
    if (options.links) span.addLinks(options.links);
    host.onStart?.(span, context);
    return span;
  }
}

/** Trace id and span id one after the other. */
function bytesOf({ traceId, spanId }: SpanContext): Uint8Array {
  const bytes = new Uint8Array(24);
  putHex(bytes, 0, traceId);
  putHex(bytes, 16, spanId);
  return bytes;
}

const SAMPLE: SamplingResult = { decision: SamplingDecision.RECORD_AND_SAMPLED };
const DO_NOT_RECORD: SamplingResult = { decision: SamplingDecision.NOT_RECORD };
