import type { Signal } from '@otelier/otlp';
import type { MetricName } from './metrics.ts';
import type { ProgramName } from './programs.ts';

/** A scenario with its contestants, as data. */
export type Scenario = LoadScenario | StoreScenario | StartScenario;

interface Described {
  /** The name that `--only` selects. */
  readonly name: string;
  /** Heading on the page. */
  readonly group: string;
  /** Description in one line. */
  readonly what: string;
  /** The programs that are compared. Goals apply to the first one. */
  readonly contestants: readonly [Contestant, ...Contestant[]];
  readonly goals: readonly Goal[];
}

/** Sends telemetry as fast as the program accepts it, or at a rate. */
export interface LoadScenario extends Described {
  readonly kind: 'load';
  readonly load: Load;
  /** A sink that counts what arrives. Every acknowledged item must arrive there. */
  readonly sink?: Sink;
  /** Seconds under load, for scenarios that `--seconds` cannot shorten. */
  readonly seconds?: number;
  /** The pattern that the message of every rejection must match, for scenarios that provoke rejections. */
  readonly rejections?: RegExp;
}

/** Sends into the store and measures until the last acknowledged span is in a file. */
export interface StoreScenario extends Described {
  readonly kind: 'store';
  readonly load: Load;
}

/** Measures the time from start to accepting, and the memory of an idle program. */
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
  /** Cores of the program, and of generator and sink, in the syntax of `taskset`. */
  readonly cores?: { readonly program: string; readonly others: string };
}

/** The pipeline behind an OTLP receiver over gRPC and HTTP. */
export interface Pipeline {
  /** Configurations by component id, in the order of the pipeline. */
  readonly processors?: Readonly<Record<string, unknown>>;
  readonly exporter: 'nop' | 'store' | { readonly kind: 'otlp_grpc'; readonly compression: 'none' | 'gzip' };
  /** Number of worker threads, for otelier only. */
  readonly workers?: number;
}

/** The load that is sent. */
export interface Load {
  readonly protocol: 'grpc' | 'http';
  readonly signal: Signal;
  readonly itemsPerRequest: number;
  readonly compression?: 'gzip' | 'zstd';
  /** Default 2. */
  readonly connections?: number;
  /** Requests in flight over all connections. Default 8. */
  readonly inFlight?: number;
  /** Requests per second. Default: as fast as responses arrive. */
  readonly rate?: number;
  /** Additional idle connections. */
  readonly idleConnections?: number;
  /** Whether every request has unique ids. */
  readonly freshIds?: boolean;
}

/** An endpoint that counts items. */
export interface Sink {
  /** Delay of each response, in milliseconds. */
  readonly delayMillis?: number;
}

/** A goal of a scenario. */
export type Goal =
  /** Median of the first contestant's items per CPU-second over another's. */
  | { readonly kind: 'ratio'; readonly against: string; readonly atLeast: number }
  /** A metric of the first contestant. */
  | { readonly kind: 'metric'; readonly metric: MetricName; readonly atLeast?: number; readonly atMost?: number };
