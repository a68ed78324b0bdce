import type { TracerProvider as ApiTracerProvider, Sampler, Tracer, TracerOptions } from '@opentelemetry/api';
import type { ItemFunction } from '@otelier/otlp';
import type { ProviderClient } from '../client/basic/basic-client.ts';
import type { FlushResult } from '../delivery/contract.ts';
import type { ResourceSource } from '../resource.ts';
import { type Scope, scopeBytes, scopeKey } from '../scope.ts';
import { Timeline } from '../time.ts';
import { IdPool } from './ids.ts';
import { resolveSpanLimits, type SpanLimits } from './limits.ts';
import type { SpanObserver } from './span.ts';
import { LightTracer } from './tracer.ts';

/** Options for a tracer provider. Only the client is required. */
export interface TracerProviderOptions {
  /** The client that sends the spans. Providers can share a client, which shuts down with the last of them. */
  readonly client: ProviderClient;
  /** Attributes that override the client's resource attributes. */
  readonly resource?: ResourceSource;
  /** Sampler. Default: follows the parent's decision and samples every root span. */
  readonly sampler?: Sampler;
  readonly spanLimits?: SpanLimits;
  /** Processors to run before spans are sent, in order. If one throws, the spans are dropped and counted. */
  readonly processors?: readonly ItemFunction<'traces'>[];
  /** Observers of recording spans, called in order. */
  readonly observers?: readonly SpanObserver[];
  /** Source of timestamps. Default: the system clock. */
  readonly timeline?: Timeline;
  /** Fills an array with random bytes, from which IDs are taken. Default `crypto.getRandomValues`. */
  readonly random?: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/** Creates tracers whose spans are sent by the client. */
export class TracerProvider implements ApiTracerProvider {
  readonly #client: ProviderClient;
  readonly #tracers = new Map<string, Tracer>();
  readonly #tracerOf: (scope: Scope) => Tracer;
  readonly #leave: (timeoutMillis?: number) => Promise<FlushResult>;

  constructor(options: TracerProviderOptions) {
    const { client, observers = [], sampler, processors, timeline = new Timeline() } = options;
    const resource = client.resource.with(options.resource);
    const limits = resolveSpanLimits(options.spanLimits);
    const ids = new IdPool(options.random);
    this.#client = client;
    this.#leave = client.join();
    this.#tracerOf = (scope) => {
      const scopeBuffer = client.scopeBuffer('traces', { resource, scope: scopeBytes(scope), processors });
      return new LightTracer({ scopeBuffer, limits, timeline, ids, sampler, observers });
    };
  }

  getTracer(name: string, version?: string, options?: TracerOptions): Tracer {
    const scope = { name, version, schemaUrl: options?.schemaUrl };
    const key = scopeKey(scope);
    let tracer = this.#tracers.get(key);
    if (tracer === undefined) {
      tracer = this.#tracerOf(scope);
      this.#tracers.set(key, tracer);
    }
    return tracer;
  }

  /** Sends the ended spans. See `Client.flush`. */
  forceFlush(timeoutMillis?: number): Promise<FlushResult> {
    return this.#client.flush(timeoutMillis);
  }

  /** Flushes. The client shuts down together with the last of its providers. Idempotent. */
  shutdown(timeoutMillis?: number): Promise<FlushResult> {
    return this.#leave(timeoutMillis);
  }
}
