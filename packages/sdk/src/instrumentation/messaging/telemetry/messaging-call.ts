import {
  type Attributes,
  type Context,
  type Counter,
  context as contextApi,
  type Histogram,
  propagation,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { errorTypeOf } from '../../error-type.ts';
import { observePromise } from '../../observe-promise.ts';
import type { Carrier } from './carriers.ts';

/** Messages that are sent or processed. */
export class MessagingCall {
  readonly #span: Span;
  /** The context in which the messages are sent or processed. */
  readonly context: Context;
  readonly #dimensions: Attributes;
  readonly #count: number;
  readonly #duration: Histogram;
  readonly #counter: Counter;
  readonly #startMillis = performance.now();
  #hasEnded = false;

  constructor(parts: {
    readonly span: Span;
    readonly parent: Context;
    readonly dimensions: Attributes;
    readonly count: number;
    readonly instruments: { readonly duration: Histogram; readonly count: Counter };
  }) {
    this.#span = parts.span;
    this.context = trace.setSpan(parts.parent, parts.span);
    this.#dimensions = parts.dimensions;
    this.#count = parts.count;
    this.#duration = parts.instruments.duration;
    this.#counter = parts.instruments.count;
  }

  /** Returns the headers that carry the span's context. */
  headers(): Carrier {
    const carrier: Carrier = {};
    propagation.inject(this.context, carrier);
    return carrier;
  }

  /** Runs a function in the span's context. Ends the call when it returns, or when its promise settles. */
  run<T>(run: () => T): T {
    return contextApi.with(this.context, () => {
      try {
        const result = run();
        if (isThenable(result)) {
          const end = () => this.end();
          return observePromise(result, end, (error) => this.fail(error)) as T;
        }
        this.end();
        return result;
      } catch (error) {
        this.fail(error);
        throw error;
      }
    });
  }

  /** Ends the call, with more attributes of the span. */
  end(attributes: Attributes = {}): void {
    if (!this.#hasEnded) this.#span.setAttributes(attributes);
    this.#end({});
  }

  /** Ends the call with an error. */
  fail(error: unknown): void {
    if (this.#hasEnded) return;
    const { message, type } = Object(error) as { readonly message?: unknown; readonly type?: unknown };
    this.#span.recordException(error as Error);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, ...(typeof message === 'string' && { message }) });
    // Errors of Kafka have the name of the protocol's code.
    this.#end({ 'error.type': typeof type === 'string' ? type : errorTypeOf(error) });
  }

  #end(outcome: Attributes): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#span.setAttributes(outcome);
    const dimensions = { ...this.#dimensions, ...outcome };
    this.#duration.record((performance.now() - this.#startMillis) / 1000, dimensions, this.context);
    const { 'messaging.operation.type': _, ...ofCount } = dimensions;
    this.#counter.add(this.#count, ofCount, this.context);
    this.#span.end();
  }
}

/** Libraries return promises of their own, too. */
function isThenable(value: unknown): value is Promise<unknown> {
  return typeof (value as { readonly then?: unknown } | undefined | null)?.then === 'function';
}
