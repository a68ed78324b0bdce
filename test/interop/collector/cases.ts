/**
 * A signal that a component receives (`traces`), or the signals that a connector receives and emits (`traces>metrics`).
 */
export type SignalPair = string;

/** The configurations with which a component is compared to its counterpart in the Collector. */
export interface ComponentCases {
  readonly kind: 'processor' | 'connector';
  /** The component's type in the Collector. otelier supports it as a type or alias. */
  readonly type: string;
  /** Collector feature gates to enable, or to disable with the prefix `-`. */
  readonly featureGates?: readonly string[];
  /** Environment variables for the component. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Matches random parts of items, such as IDs, which are treated as equal. */
  readonly random?: RegExp;
  readonly configurations: readonly Configuration[];
}

/** One configuration. If both implementations reject it, they are considered equal, regardless of their messages. */
export interface Configuration {
  /** Name that is unique within the component. */
  readonly name: string;
  /** The configuration, as in a configuration file. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly signals: readonly SignalPair[];
  /** Names of the pipelines behind a connector, by signal. Default: a single one, `out`. */
  readonly pipelines?: Readonly<Record<string, readonly string[]>>;
  /** Number of requests that each pipeline rejects before it accepts one, by pipeline name. −1 means all. */
  readonly fails?: Readonly<Record<string, number>>;
  /** Steps to run. Default: the signal's generated requests. */
  readonly steps?: readonly Step[];
}

/** A step of a configuration, which sends a request in OTLP/JSON or waits. */
export type Step = { readonly send: object } | { readonly waitMillis: number };
