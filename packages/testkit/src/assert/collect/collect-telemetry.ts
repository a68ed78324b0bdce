import { formatTelemetry } from '../format-telemetry.ts';
import type { Telemetry } from '../telemetry.ts';
import { startHttpEndpoint } from './http-endpoint.ts';
import { recordProcess } from './in-process.ts';
import { Recording } from './recording.ts';

/** Options for `collectTelemetry`. */
export interface CollectOptions {
  /**
   * Whether to receive telemetry over OTLP/HTTP from other programs, in any language, or from an SDK that the test
   * itself configures, instead of registering an SDK in this process. Default false.
   */
  readonly http?: boolean;
}

/** Collects the telemetry of a test. */
export interface TelemetryCollector extends AsyncDisposable {
  /** Base URL for OTLP/HTTP with `http: true`, or else `undefined`. */
  readonly endpoint: string | undefined;
  /**
   * Variables for a program whose SDK is to send to this collector soon after it records: the endpoint, the protocol and
   * short delays. Empty without `http: true`.
   */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Returns the telemetry since the collector was created or cleared. Waits until the spans that this process has
   * started have ended, for at most a second.
   *
   * With `until`, waits for the condition instead, and throws an error with what was collected if it is not met within
   * `timeoutMillis` (default 5,000).
   */
  collect(options?: WaitOptions): Promise<Telemetry>;
  /** Forgets the telemetry so far. */
  clear(): Promise<void>;
  /** Stops collecting. The last collector of a process removes the SDK that the first one has registered. Idempotent. */
  stop(): Promise<void>;
}

/** What to wait for. */
export interface WaitOptions {
  readonly until?: (telemetry: Telemetry) => boolean;
  readonly timeoutMillis?: number;
}

/**
 * Collects the telemetry that the code under test records. Instrumentations and the OpenTelemetry API work as in
 * production, but nothing is sent. Works in `node:test`, Vitest and Jest. Throws if another SDK is registered with the
 * OpenTelemetry API.
 *
 * Collectors that overlap in time each receive everything.
 */
export async function collectTelemetry({ http = false }: CollectOptions = {}): Promise<TelemetryCollector> {
  if (!http) return collectorOf(await recordProcess());
  const recording = new Recording();
  const { url, stop } = await startHttpEndpoint(recording);
  return collectorOf({ recording, flush: async () => {}, stop }, url);
}

/** Where the telemetry comes from. */
interface Source {
  readonly recording: Recording;
  flush(): Promise<void>;
  stop(): Promise<void>;
}

function collectorOf({ recording, flush, stop }: Source, endpoint?: string): TelemetryCollector {
  let stopped: Promise<void> | undefined;
  const stopOnce = () => {
    stopped ??= stop();
    return stopped;
  };
  return {
    endpoint,
    environment: endpoint === undefined ? {} : environmentOf(endpoint),
    async collect({ until, timeoutMillis = until === undefined ? 1000 : 5000 } = {}) {
      const isDone = until ?? (({ openSpans }: Telemetry) => openSpans.length === 0);
      const deadline = performance.now() + timeoutMillis;
      for (;;) {
        await flush();
        const telemetry = recording.telemetry();
        if (isDone(telemetry)) return telemetry;
        const remaining = deadline - performance.now();
        if (remaining > 0) await nextRequest(recording, Math.min(remaining, FLUSH_INTERVAL_MILLIS));
        else if (until === undefined) return telemetry;
        else
          throw new Error(
            `The telemetry after ${timeoutMillis} ms is not what was waited for.\n${formatTelemetry(telemetry)}`,
          );
      }
    },
    async clear() {
      await flush();
      recording.clear();
    },
    stop: stopOnce,
    [Symbol.asyncDispose]: stopOnce,
  };
}

/** An SDK in this process delivers only when it is flushed. */
const FLUSH_INTERVAL_MILLIS = 10;

function nextRequest(recording: Recording, timeoutMillis: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      stopListening();
      resolve();
    };
    const timer = setTimeout(done, timeoutMillis);
    const stopListening = recording.onRequest(done);
  });
}

/** Variables of the OpenTelemetry specification. */
function environmentOf(endpoint: string): Readonly<Record<string, string>> {
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_BLRP_SCHEDULE_DELAY: '50',
    OTEL_METRIC_EXPORT_INTERVAL: '200',
  };
}
