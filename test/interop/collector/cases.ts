/** A signal that a component receives (`traces`), or the one that a connector receives and the one it emits (`traces>metrics`). */
export type SignalPair = string;

/** The configurations with which a component is compared to the Collector's. */
export interface ComponentCases {
  readonly kind: 'processor' | 'connector';
  /** The component's type in the Collector, which otelier has as type or alias. */
  readonly type: string;
  /** Feature gates of the Collector that are enabled, or disabled with `-` in front. */
  readonly featureGates?: readonly string[];
  /** Environment variables of the component. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Text in items that is random, such as IDs, and counts as equal. */
  readonly random?: RegExp;
  readonly configurations: readonly Configuration[];
}

/** One configuration. A configuration that both refuse is equal, whatever the messages say. */
export interface Configuration {
  /** Unique within the component. */
  readonly name: string;
  /** The configuration as in a file. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly signals: readonly SignalPair[];
  /** The names of the pipelines behind a connector, by signal. Default: one, `out`. */
  readonly pipelines?: Readonly<Record<string, readonly string[]>>;
  /** The number of requests that a pipeline refuses before it accepts one, by name. −1: all. */
  readonly fails?: Readonly<Record<string, number>>;
  /** Default: the generated requests of the signal. */
  readonly steps?: readonly Step[];
}

/** Sends a request, in OTLP/JSON, or waits. */
export type Step = { readonly send: object } | { readonly waitMillis: number };
