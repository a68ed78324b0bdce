import type { ContextManager, DiagLogger, TextMapPropagator } from '@opentelemetry/api';
import type { Names } from '../client/known-options.ts';
import { CLIENT_OPTIONS } from '../client/option-tables.ts';
import type { ClientOptions } from '../client/options.ts';
import type { Environment } from '../environment.ts';
import type { LoggerProviderOptions } from '../logs/logger-provider.ts';
import type { MeterProviderOptions } from '../metrics/meter-provider.ts';
import type { ResourceSource } from '../resource.ts';
import type { TracerProviderOptions } from '../trace/tracer-provider.ts';

/** Options for an SDK. They override the environment and the configuration file. */
export interface SdkOptions {
  /**
   * Path of a configuration file. Default: `OTEL_CONFIG_FILE`. If there is a file, other variables are used only where
   * it refers to them.
   */
  readonly configFile?: string;
  /** Environment variables. Default: those of the process. */
  readonly environment?: Environment;
  /** Options for all clients. */
  readonly client?: ClientOptions;
  /** Resource attributes. */
  readonly resource?: ResourceSource;
  readonly traces?: Omit<TracerProviderOptions, 'client'>;
  readonly metrics?: Omit<MeterProviderOptions, 'client' | 'readers'>;
  readonly logs?: Omit<LoggerProviderOptions, 'client'>;
  /** Default: `AsyncContextManager`, which follows promises, timers and callbacks. */
  readonly contextManager?: ContextManager;
  readonly propagator?: TextMapPropagator;
  /** Receives configuration warnings. Default: the console. */
  readonly diagLogger?: DiagLogger;
}

/** The names of all options. */
export const SDK_OPTIONS = {
  configFile: true,
  environment: true,
  client: CLIENT_OPTIONS,
  resource: true,
  traces: true,
  metrics: true,
  logs: true,
  contextManager: true,
  propagator: true,
  diagLogger: true,
} satisfies Readonly<Record<keyof SdkOptions, true | Names>>;
