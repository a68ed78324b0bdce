import type { TracerProvider as ApiTracerProvider, Sampler, Tracer, TracerOptions } from '@opentelemetry/api';
import type { ItemFunction } from '@otelier/otlp';
import type { Client } from '../client/client.ts';
import type { FlushResult } from '../delivery/contract.ts';
import type { ResourceSource } from '../resource.ts';
import { type Scope, scopeBytes, scopeKey } from '../scope.ts';
import { Timeline } from '../time.ts';
import { IdPool } from './ids.ts';
import { resolveSpanLimits, type SpanLimits } from './limits.ts';
import type { SpanObserver } from './span.ts';
import { LightTracer } from './tracer.ts';

/** How a tracer provider is set up. Only the client is needed. */
export interface TracerProviderOptions {
  /** Where spans go. Providers may share one, which ends with the last of them. */
  readonly client: Client;
  /** Attributes beside those of the client's resource, over which they win. */
  readonly resource?: ResourceSource;
  /** Default: as the parent decided; every root is kept. */
  readonly sampler?: Sampler;
  readonly spanLimits?: SpanLimits;
  /** What is done with spans before they are sent, in order. What one that throws was given is not sent, and counted. */
  readonly processors?: readonly ItemFunction<'traces'>[];
  /** Told of spans, in order. */
  readonly observers?: readonly SpanObserver[];
  /** Default the time of this machine. */
  readonly timeline?: Timeline;
  /** Fills bytes of which ids are made. Default `crypto.getRandomValues`. */
  readonly random?: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/** Makes tracers, whose spans go to the client. */
export class TracerProvider implements ApiTracerProvider {
  readonly #client: Client;
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

  /** Sends the spans that have ended; see `Client.flush`. */
  forceFlush(timeoutMillis?: number): Promise<FlushResult> {
    return this.#client.flush(timeoutMillis);
  }

  /** Flushes; the client ends with the last of its providers. Safe twice. */
  shutdown(timeoutMillis?: number): Promise<FlushResult> {
    return this.#leave(timeoutMillis);
  }
}
