import type { DiagLogLevel, TextMapPropagator } from '@opentelemetry/api';
import type { ClientOptions } from '../client/options.ts';
import type { Platform } from '../client/platform.ts';
import type { LoggerProviderOptions } from '../logs/logger-provider.ts';
import type { MeterProviderOptions } from '../metrics/meter-provider.ts';
import type { ResourceSource } from '../resource.ts';
import type { TracerProviderOptions } from '../trace/tracer-provider.ts';
import type { ReaderSettings } from './metric-variables.ts';

/** The configuration of an SDK, read from the environment or a file. */
export interface SdkPlan {
  /** Whether the SDK is disabled, so that no providers are created. */
  readonly isDisabled: boolean;
  readonly logLevel: DiagLogLevel;
  /** The platform that clients use, with network access and the default resource. */
  readonly platform: Platform;
  /** Resource attributes that override those of the platform. */
  readonly resource: ResourceSource;
  readonly propagator: TextMapPropagator | undefined;
  readonly traces: ProviderPlan<Omit<TracerProviderOptions, 'client'>>;
  readonly logs: ProviderPlan<Omit<LoggerProviderOptions, 'client'>>;
  readonly metrics: {
    readonly readers: readonly (ReaderSettings & { readonly destination: ClientOptions })[];
    readonly options: Pick<MeterProviderOptions, 'views' | 'exemplarFilter'>;
  };
}

/**
 * The configuration of a provider, which sends everything to all its destinations. Identical destination objects share
 * a client.
 */
export interface ProviderPlan<Options> {
  /** Destinations. If there are none, the provider is not created. */
  readonly destinations: readonly ClientOptions[];
  readonly options: Options;
}
