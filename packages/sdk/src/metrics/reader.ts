import type { ItemFunction } from '@otelier/otlp';
import type { Client } from '../client/client.ts';
import { integerOption, MAX_MILLIS } from '../client/option-error.ts';
import { type Environment, millisFrom } from '../environment.ts';
import type { Resource, ResourceSource } from '../resource.ts';
import { type Scope, scopeBytes, scopeKey } from '../scope.ts';
import type { Instant } from '../time.ts';
import { type Aggregation, checkAggregation } from './aggregation.ts';
import type { InstrumentDescriptor, InstrumentKind } from './instrument.ts';
import { ScopeStreams, type StreamDefaults } from './scope-streams.ts';
import type { MetricStream } from './stream.ts';
import { type TemporalityPreference, type TemporalitySelector, temporalitySelector } from './temporality.ts';
import { cardinalityOption, type View } from './view.ts';

/** Options for a metric reader. Only the client is required. */
export interface MetricReaderOptions {
  /** The client that sends the metrics. Providers can share a client, which shuts down with the last of them. */
  readonly client: Client;
  /**
   * Whether points count since the last report or since the start. Default:
   * `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`, or else `cumulative`.
   */
  readonly temporality?: TemporalityPreference | TemporalitySelector;
  /** Returns the aggregation for instruments whose views set none. Default: that of the instrument kind. */
  readonly aggregation?: (kind: InstrumentKind) => Aggregation;
  /** Processors to run before metrics are sent, in order. If one throws, the metrics are dropped and counted. */
  readonly processors?: readonly ItemFunction<'metrics'>[];
  /** Interval between collections. Default: `OTEL_METRIC_EXPORT_INTERVAL`, or else 60,000. */
  readonly intervalMillis?: number;
  /**
   * Timeout for observable instruments' callbacks. Default: `OTEL_METRIC_EXPORT_TIMEOUT`, or else 30,000, but at most
   * the interval.
   */
  readonly timeoutMillis?: number;
  /** Maximum number of attribute sets per metric. Further sets are combined into one. Default 2,000. */
  readonly cardinalityLimit?: number;
}

/** Periodically collects all metrics of a provider for one client. Each reader has its own state. */
export class MetricReader {
  readonly client: Client;
  readonly intervalMillis: number;
  readonly timeoutMillis: number;
  readonly #resource: Resource;
  readonly #processors: readonly ItemFunction[] | undefined;
  readonly #defaults: StreamDefaults;
  readonly #scopes = new Map<string, ScopeStreams>();

  /** Creates a reader. `option` is the prefix of option names in errors. */
  constructor(
    option: string,
    options: MetricReaderOptions,
    environment: Environment,
    resource: ResourceSource | undefined,
    host: { readonly now: () => Instant; readonly random: () => number },
  ) {
    const { client, intervalMillis, timeoutMillis } = options;
    this.client = client;
    this.intervalMillis = integerOption(
      `${option}intervalMillis`,
      intervalMillis,
      millisFrom(environment, 'OTEL_METRIC_EXPORT_INTERVAL') ?? 60_000,
      1,
      MAX_MILLIS,
    );
    this.timeoutMillis = integerOption(
      `${option}timeoutMillis`,
      timeoutMillis,
      Math.min(this.intervalMillis, millisFrom(environment, 'OTEL_METRIC_EXPORT_TIMEOUT') ?? 30_000),
      1,
      MAX_MILLIS,
    );
    this.#resource = client.resource.with(resource);
    this.#processors = options.processors;
    const { aggregation = (kind) => aggregationFrom(environment, kind) } = options;
    this.#defaults = {
      ...host,
      temporality: temporalitySelector(`${option}temporality`, options.temporality, environment),
      aggregation(kind) {
        const chosen = aggregation(kind);
        checkAggregation(`${option}aggregation`, chosen);
        return chosen;
      },
      cardinalityLimit: cardinalityOption(`${option}cardinalityLimit`, options.cardinalityLimit),
    };
  }

  /** Returns an instrument's streams, one per view. Existing streams are reused. */
  streams(scope: Scope, descriptor: InstrumentDescriptor, views: readonly View[]): readonly MetricStream[] {
    const key = scopeKey(scope);
    let streams = this.#scopes.get(key);
    if (streams === undefined) {
      const scopeBuffer = this.client.scopeBuffer('metrics', {
        resource: this.#resource,
        scope: scopeBytes(scope),
        processors: this.#processors,
      });
      streams = new ScopeStreams(scopeBuffer, this.#defaults);
      this.#scopes.set(key, streams);
    }
    return streams.of(descriptor, views);
  }

  /** Starts a collection. */
  begin(): void {
    for (const scope of this.#scopes.values()) scope.begin();
  }

  /** Passes everything measured so far to the client. */
  report(now: Instant): void {
    for (const scope of this.#scopes.values()) scope.report(now);
  }
}

function aggregationFrom(environment: Environment, kind: InstrumentKind): Aggregation {
  const ofHistograms = environment['OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION']?.toLowerCase();
  const isExponential = kind === 'histogram' && ofHistograms === 'base2_exponential_bucket_histogram';
  return { kind: isExponential ? 'exponential_histogram' : 'default' };
}
