import { logs, metrics, ProxyTracerProvider, trace } from '@opentelemetry/api';
import { createClient, LoggerProvider, MeterProvider, register, TracerProvider } from '@otelier/sdk';
import { CallSites } from './call-sites.ts';
import { Recording } from './recording.ts';

/** The SDK of this process, which records for all collectors. */
interface Recorder {
  readonly callSites: CallSites;
  readonly recordings: Set<Recording>;
  flush(): Promise<void>;
  /** Registers the SDK with the OpenTelemetry API. Call the result to undo it. */
  register(): Promise<() => void>;
  unregister: (() => void) | undefined;
}

/** A recording of the telemetry of this process. */
export interface InProcessRecording {
  readonly recording: Recording;
  /** Delivers the telemetry recorded so far. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Records the telemetry of this process until `stop`. The first recording registers an SDK with the OpenTelemetry API,
 * and the last one undoes it. Throws if another SDK is registered.
 */
export async function recordProcess(): Promise<InProcessRecording> {
  const recorder = recorderOfProcess();
  if (recorder.recordings.size === 0) refuseOtherSdk();
  const recording = new Recording(recorder.callSites);
  // What was recorded before belongs to the earlier recordings.
  await recorder.flush();
  recorder.recordings.add(recording);
  recorder.unregister ??= await recorder.register();
  return {
    recording,
    flush: recorder.flush,
    async stop() {
      recorder.recordings.delete(recording);
      if (recorder.recordings.size > 0) return;
      recorder.unregister?.();
      recorder.unregister = undefined;
    },
  };
}

const RECORDER = Symbol.for('@otelier/testkit recorder');

/**
 * Returns the recorder of this process. It is kept, because instrumentations keep tracers and instruments, which must
 * still record in the next test. It belongs to the global object, because test runners load modules several times.
 */
function recorderOfProcess(): Recorder {
  const holder = globalThis as { [RECORDER]?: Recorder };
  holder[RECORDER] ??= createRecorder();
  return holder[RECORDER];
}

function createRecorder(): Recorder {
  const callSites = new CallSites();
  const recordings = new Set<Recording>();
  const client = createClient({
    environment: { OTEL_SERVICE_NAME: process.env['OTEL_SERVICE_NAME'] ?? 'test' },
    flushOnExit: false,
    transport: {
      async export(signal, parts) {
        const request = Buffer.concat(parts);
        for (const recording of recordings) recording.add(signal, request);
        return { kind: 'accepted' };
      },
      async shutdown() {},
    },
  });
  const observer = {
    onStart: (span: StartedSpan) => callSites.start(span.spanContext().spanId, span.name),
    onEnding: (span: StartedSpan) => callSites.end(span.spanContext().spanId),
  };
  const tracerProvider = new TracerProvider({ client, observers: [observer] });
  const meterProvider = new MeterProvider({ client, temporality: 'delta', environment: {} });
  const loggerProvider = new LoggerProvider({ client, environment: {} });
  return {
    callSites,
    recordings,
    unregister: undefined,
    async flush() {
      await meterProvider.forceFlush();
      await client.flush();
    },
    async register() {
      const unregister = register(tracerProvider);
      metrics.setGlobalMeterProvider(meterProvider);
      logs.setGlobalLoggerProvider(loggerProvider);
      // The logs API used to be a package of its own, which need not be installed.
      const older = await import('@opentelemetry/api-logs').catch(() => undefined);
      older?.logs.setGlobalLoggerProvider(loggerProvider as never);
      return () => {
        unregister();
        for (const api of [metrics, logs, older?.logs]) api?.disable();
      };
    },
  };
}

interface StartedSpan {
  readonly name: string;
  spanContext(): { readonly spanId: string };
}

function refuseOtherSdk(): void {
  const registered = trace.getTracerProvider();
  const delegate = registered instanceof ProxyTracerProvider ? registered.getDelegate() : registered;
  if (delegate.constructor.name === 'NoopTracerProvider') return;
  throw new Error(
    'collectTelemetry: another SDK is registered with the OpenTelemetry API; expected none. Remove it from the test, ' +
      'or let it send to the collector of collectTelemetry({ http: true })',
  );
}
