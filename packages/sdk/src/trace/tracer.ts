import {
  type Context,
  context as contextApi,
  INVALID_SPAN_CONTEXT,
  isValidTraceId,
  type Sampler,
  type Span,
  type SpanOptions,
  type Tracer,
  type TraceState,
  trace,
} from '@opentelemetry/api';
import { isSuppressed } from '../context/suppression.ts';
import { copyIds, hexOf, type IdPool, PARENT_ID, putHex, SPAN_ID } from './ids.ts';
import { notifyObservers } from './notify-observers.ts';
import { contextOf, RecordingSpan, SAMPLED, type SpanHost } from './span.ts';
import { wireFlags } from './span-record.ts';

/** The state shared by a provider's tracers. */
export interface TracerHost extends SpanHost {
  readonly ids: IdPool;
  /** The sampler. If `undefined`, follows the parent's decision and samples every root span. */
  readonly sampler: Sampler | undefined;
}

/** Starts spans of one scope. */
export class LightTracer implements Tracer {
  readonly #host: TracerHost;

  constructor(host: TracerHost) {
    this.#host = host;
  }

  startSpan(name: string, options: SpanOptions = {}, context: Context = contextApi.active()): Span {
    if (isSuppressed(context)) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const host = this.#host;
    const parentContext = options.root ? trace.deleteSpan(context) : context;
    const parent = trace.getSpan(parentContext);
    const offset = host.ids.take();
    const ids = host.ids.view;
    let hasParent = false;
    let isRemote: boolean | undefined;
    let flags = SAMPLED;
    let traceState: TraceState | undefined;
    if (parent instanceof RecordingSpan) {
      // Avoids converting IDs to and from hexadecimal.
      hasParent = true;
      ({ flags, traceState } = parent);
      copyIds(ids, offset, parent.ids, parent.idOffset, SPAN_ID);
      copyIds(ids, offset + PARENT_ID, parent.ids, parent.idOffset + SPAN_ID, 8);
    } else if (parent !== undefined) {
      const known = parent.spanContext();
      // Into the ID of the parent first, because the random trace ID must remain if the parent is invalid.
      if (putHex(ids, offset + PARENT_ID, known.spanId, 8) && isValidTraceId(known.traceId)) {
        hasParent = true;
        ({ isRemote, traceFlags: flags, traceState } = known);
        putHex(ids, offset, known.traceId, 16);
      }
    }
    const result = host.sampler?.shouldSample(
      parentContext,
      hexOf(ids, offset, 16),
      name,
      options.kind ?? INTERNAL,
      options.attributes ?? {},
      options.links ?? [],
    );
    const decision = result?.decision ?? ((flags & SAMPLED) === 0 ? NOT_RECORD : RECORD_AND_SAMPLED);
    traceState = result?.traceState ?? traceState;
    flags = decision === RECORD_AND_SAMPLED ? SAMPLED : 0;
    if (decision === NOT_RECORD) return trace.wrapSpanContext(contextOf(ids, offset, flags, traceState));
    const span = new RecordingSpan(host, name, options, ids, offset, hasParent, wireFlags(flags, isRemote), traceState);
    span
      .setAttributes(options.attributes)
      .setAttributes(result?.attributes)
      .addLinks(options.links ?? []);
    if (host.observers.length > 0)
      notifyObservers(host.observers, (observer) => observer.onStart?.(span, parentContext));
    return span;
  }

  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    ...rest: [F] | [SpanOptions, F] | [SpanOptions, Context, F]
  ): ReturnType<F> {
    const fn = rest.pop() as (span: Span) => ReturnType<F>;
    const [options, context = contextApi.active()] = rest as [SpanOptions?, Context?];
    const span = this.startSpan(name, options, context);
    return contextApi.with(trace.setSpan(context, span), fn, undefined, span);
  }
}

// Copies of the API's enum values, so that bundles need not include the enums.
const INTERNAL = 0;
const NOT_RECORD = 0;
const RECORD_AND_SAMPLED = 2;
