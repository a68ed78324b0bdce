import type { DiagLogLevel, TextMapPropagator } from '@opentelemetry/api';
import type { ClientOptions } from '../client/options.ts';
import type { Platform } from '../client/platform.ts';
import type { LoggerProviderOptions } from '../logs/logger-provider.ts';
import type { MeterProviderOptions } from '../metrics/meter-provider.ts';
import type { ResourceSource } from '../resource.ts';
import type { TracerProviderOptions } from '../trace/tracer-provider.ts';
import type { ReaderSettings } from './metric-variables.ts';

/** The configuration of an SDK, from the environment or a file. */
export interface SdkPlan {
  /** Whether the SDK is disabled, so that no providers are created. */
  readonly isDisabled: boolean;
  readonly logLevel: DiagLogLevel;
  /** The platform of the clients: network access and the default resource. */
  readonly platform: Platform;
  /** Attributes that override those of the platform. */
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
 * The configuration of a provider, which sends everything to all destinations. Equal destination objects share a
 * client.
 */
export interface ProviderPlan<Options> {
  /** Destinations. Without any, there is no provider. */
  readonly destinations: readonly ClientOptions[];
  readonly options: Options;
}
