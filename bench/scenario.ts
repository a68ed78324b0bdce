import type { Signal } from '@otelier/otlp';
import type { MetricName } from './metrics.ts';
import type { ProgramName } from './programs.ts';

/** A scenario with its contestants, as data. */
export type Scenario = LoadScenario | StoreScenario | StartScenario;

interface Described {
  /** The name used with `--only`. */
  readonly name: string;
  /** Heading on the page. */
  readonly group: string;
  /** One-line description. */
  readonly what: string;
  /** The programs to compare. Goals apply to the first one. */
  readonly contestants: readonly [Contestant, ...Contestant[]];
  readonly goals: readonly Goal[];
}

/** Sends telemetry as fast as the program accepts it, or at a fixed rate. */
export interface LoadScenario extends Described {
  readonly kind: 'load';
  readonly load: Load;
  /** A sink that counts received items. Every acknowledged item must reach it. */
  readonly sink?: Sink;
  /** Duration in seconds, for scenarios that `--seconds` cannot shorten. */
  readonly seconds?: number;
  /** Regular expression that the message of every rejection must match, for scenarios that provoke rejections. */
  readonly rejections?: RegExp;
}

/** Sends telemetry to the store and measures until the last acknowledged span is in a file. */
export interface StoreScenario extends Described {
  readonly kind: 'store';
  readonly load: Load;
}

/** Measures the time from start until telemetry is accepted, and the memory usage of an idle program. */
export interface StartScenario extends Described {
  readonly kind: 'start';
}

/** A program with a configuration, under a display name. */
export interface Contestant {
  readonly name: string;
  readonly program: ProgramName;
  readonly pipeline: Pipeline;
  /** Differences from the scenario's load. */
  readonly load?: Partial<Load>;
  /** Cores for the program, and for the generator and sink, in `taskset` syntax. */
  readonly cores?: { readonly program: string; readonly others: string };
}

/** The pipeline that follows an OTLP receiver over gRPC and HTTP. */
export interface Pipeline {
  /** Processor configurations by component ID, in pipeline order. */
  readonly processors?: Readonly<Record<string, unknown>>;
  readonly exporter: 'nop' | 'store' | GrpcExporter;
  /** Number of worker threads. Applies only to otelier. */
  readonly workers?: number;
}

/** An exporter to the sink. */
export interface GrpcExporter {
  readonly kind: 'otlp_grpc';
  readonly compression: 'none' | 'gzip';
  /** Keeps the queue on disk with `file_storage`. Default: in memory. */
  readonly storage?: { readonly fsync: boolean };
}

/** The load to send. */
export interface Load {
  readonly protocol: 'grpc' | 'http';
  readonly signal: Signal;
  readonly itemsPerRequest: number;
  readonly compression?: 'gzip' | 'zstd';
  /** Defaults to 2. */
  readonly connections?: number;
  /** Number of requests in flight across all connections. Defaults to 8. */
  readonly inFlight?: number;
  /** Requests per second. By default, requests are sent as fast as responses arrive. */
  readonly rate?: number;
  /** Additional idle connections. */
  readonly idleConnections?: number;
  /** Whether every request has unique IDs. */
  readonly freshIds?: boolean;
}

/** An endpoint that counts items. */
export interface Sink {
  /** Delay of each response, in milliseconds. */
  readonly delayMillis?: number;
}

/** A goal for a scenario. */
export type Goal =
  /** Ratio of the first contestant's median items per CPU-second to another's. */
  | { readonly kind: 'ratio'; readonly against: string; readonly atLeast: number }
  /** A metric of the first contestant. */
  | { readonly kind: 'metric'; readonly metric: MetricName; readonly atLeast?: number; readonly atMost?: number };
