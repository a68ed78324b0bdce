import type { DiagLogLevel, TextMapPropagator } from '@opentelemetry/api';
import type { ClientOptions } from '../client/options.ts';
import type { Platform } from '../client/platform.ts';
import type { LoggerProviderOptions } from '../logs/logger-provider.ts';
import type { MeterProviderOptions } from '../metrics/meter-provider.ts';
import type { ResourceSource } from '../resource.ts';
import type { TracerProviderOptions } from '../trace/tracer-provider.ts';
import type { ReaderSettings } from './metric-variables.ts';

/** What an SDK shall be made of, whether the environment or a file has said so. */
export interface SdkPlan {
  /** No provider is made then. */
  readonly isDisabled: boolean;
  readonly logLevel: DiagLogLevel;
  /** How clients reach their endpoints, and what their resources have by default. */
  readonly platform: Platform;
  /** Attributes over those of the platform. */
  readonly resource: ResourceSource;
  readonly propagator: TextMapPropagator | undefined;
  readonly traces: ProviderPlan<Omit<TracerProviderOptions, 'client'>>;
  readonly logs: ProviderPlan<Omit<LoggerProviderOptions, 'client'>>;
  readonly metrics: {
    readonly readers: readonly (ReaderSettings & { readonly destination: ClientOptions })[];
    readonly options: Pick<MeterProviderOptions, 'views' | 'exemplarFilter'>;
  };
}

/** A provider of which everything goes to all destinations. Destinations that are the same object share a client. */
export interface ProviderPlan<Options> {
  /** None: there is no provider. */
  readonly destinations: readonly ClientOptions[];
  readonly options: Options;
}
