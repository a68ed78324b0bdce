import type { TestContext } from 'node:test';
import { trace } from '@opentelemetry/api';
import { type Sdk, type SdkOptions, startSdk } from '../node.ts';
import { type Sink, startSink } from '../sink.testing.ts';

/** Variables of an environment. */
export type Variables = Readonly<Record<string, string>>;

/** An SDK of an environment, and where it sends. */
export interface Started {
  readonly sdk: Sdk;
  readonly sink: Sink;
  /** What the library has said of its configuration. */
  readonly said: readonly string[];
}

/** An SDK that sends to a sink, for the time of the test. */
export async function start(t: TestContext, environment: Variables, options: SdkOptions = {}): Promise<Started> {
  const sink = await startSink(t);
  const said: string[] = [];
  const keep = (message: string) => said.push(message);
  const sdk = await startSdk({
    diagLogger: { error: keep, warn: keep, info() {}, debug() {}, verbose() {} },
    ...options,
    client: { log: () => {}, ...options.client },
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, ...environment },
  });
  t.after(() => sdk.shutdown(0));
  return { sdk, sink, said };
}

/** Of whatever is registered now. */
export const tracer = () => trace.getTracer('shop');
