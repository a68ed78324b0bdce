import { createRequire } from 'node:module';
import { type ContextManager, context, propagation, trace } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import * as official from '@opentelemetry/sdk-trace';
import * as light from '@otelier/sdk';

/** Which SDK a program uses. */
export type SdkName = 'official' | 'light';

/** An SDK that stands behind the API of the process. */
export interface GlobalSdk {
  readonly tracerProvider: official.TracerProvider | light.TracerProvider;
  /** Exports what has ended. */
  flush(): Promise<void>;
}

/** Makes the SDK that of the whole process, exporting to `url`. */
export function startGlobalSdk(name: SdkName, url: string): GlobalSdk {
  const resource = { 'service.name': 'instrumented' };
  const tracerProvider = name === 'official' ? officialProvider(url, resource) : lightProvider(url, resource);
  trace.setGlobalTracerProvider(tracerProvider);
  context.setGlobalContextManager(officialContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  return {
    tracerProvider,
    flush: async () => {
      await tracerProvider.forceFlush();
    },
  };
}

function officialProvider(url: string, resource: light.Attributes): official.TracerProvider {
  const exporter = new OTLPTraceExporter({ url: `${url}/v1/traces` });
  return new official.TracerProvider({
    resource: resourceFromAttributes(resource),
    spanProcessors: [new official.BatchSpanProcessor({ exporter })],
  });
}

function lightProvider(url: string, resource: light.Attributes): light.TracerProvider {
  return new light.TracerProvider({ client: light.createClient({ endpoint: url }), resource });
}

/** It comes with the instrumentations, and nothing else of ours needs it. */
function officialContextManager(): ContextManager {
  const require = createRequire(import.meta.resolve('@opentelemetry/auto-instrumentations-node'));
  const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
  return new AsyncLocalStorageContextManager();
}
