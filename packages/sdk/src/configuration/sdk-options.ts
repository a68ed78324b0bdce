import type { ContextManager, DiagLogger, TextMapPropagator } from '@opentelemetry/api';
import { CLIENT_OPTIONS, type Names } from '../client/known-options.ts';
import type { ClientOptions } from '../client/options.ts';
import type { Environment } from '../environment.ts';
import type { LoggerProviderOptions } from '../logs/logger-provider.ts';
import type { MeterProviderOptions } from '../metrics/meter-provider.ts';
import type { ResourceSource } from '../resource.ts';
import type { TracerProviderOptions } from '../trace/tracer-provider.ts';

/** What a program says of its SDK itself; it counts more than the environment and the configuration file. */
export interface SdkOptions {
  /** A configuration file. Default `OTEL_CONFIG_FILE`. With a file, the other variables count only where it names them. */
  readonly configFile?: string;
  /** Where variables are looked up. Default that of the process. */
  readonly environment?: Environment;
  /** For every client that is made. */
  readonly client?: ClientOptions;
  /** What the telemetry comes from. */
  readonly resource?: ResourceSource;
  readonly traces?: Omit<TracerProviderOptions, 'client'>;
  readonly metrics?: Omit<MeterProviderOptions, 'client' | 'readers'>;
  readonly logs?: Omit<LoggerProviderOptions, 'client'>;
  /** Default `AsyncContextManager`, which follows promises, timers and callbacks. */
  readonly contextManager?: ContextManager;
  readonly propagator?: TextMapPropagator;
  /** Where the library says what is wrong with its configuration. Default the console. */
  readonly diagLogger?: DiagLogger;
}

/** All names of options. */
export const SDK_OPTIONS = {
  ...{ configFile: true, environment: true, client: CLIENT_OPTIONS, resource: true },
  ...{ traces: true, metrics: true, logs: true },
  ...{ contextManager: true, propagator: true, diagLogger: true },
} satisfies Readonly<Record<keyof SdkOptions, true | Names>>;
