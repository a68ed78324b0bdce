import type { TestContext } from 'node:test';
import { trace } from '@opentelemetry/api';
import { type Sdk, type SdkOptions, startSdk } from '../node.ts';
import { type Sink, startSink } from '../sink.testing.ts';

/** Environment variables. */
export type Variables = Readonly<Record<string, string>>;

/** A running SDK and the sink that it sends to. */
export interface Started {
  readonly sdk: Sdk;
  readonly sink: Sink;
  /** Configuration warnings. */
  readonly warnings: readonly string[];
}

/** Starts an SDK that sends to a sink. It is shut down at the end of the test. */
export async function start(t: TestContext, environment: Variables, options: SdkOptions = {}): Promise<Started> {
  const sink = await startSink(t);
  const warnings: string[] = [];
  const keep = (message: string) => warnings.push(message);
  const sdk = await startSdk({
    diagLogger: { error: keep, warn: keep, info() {}, debug() {}, verbose() {} },
    ...options,
    client: { log: () => {}, ...options.client },
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, ...environment },
  });
  t.after(() => sdk.shutdown(0));
  return { sdk, sink, warnings };
}

/** Returns a tracer of the registered provider. */
export const tracer = () => trace.getTracer('shop');
