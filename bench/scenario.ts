import type { Signal } from '@otelier/otlp';
import type { MetricName } from './metrics.ts';
import type { ProgramName } from './programs.ts';

/** One thing to measure, and what takes part: data, so that the list of scenarios reads as a table. */
export type Scenario = LoadScenario | StoreScenario | StartScenario;

interface Described {
  /** What `--only` picks by. */
  readonly name: string;
  /** Heading on the page. */
  readonly group: string;
  /** One line for people. */
  readonly what: string;
  /** What each figure is held against. The first contestant is the one that is judged. */
  readonly contestants: readonly [Contestant, ...Contestant[]];
  readonly goals: readonly Goal[];
}

/** Telemetry is sent at a program as fast as it takes it, or at a rate. */
export interface LoadScenario extends Described {
  readonly kind: 'load';
  readonly load: Load;
  /** The far end, where there is one: it counts what arrives. Nothing that was acknowledged may be missing there. */
  readonly sink?: Sink;
  /** Seconds under load, where the scenario cannot be shortened by `--seconds`. */
  readonly seconds?: number;
  /** What the message of every refusal must look like; a scenario that provokes refusals says. */
  readonly rejections?: RegExp;
}

/** Into the store until the last acknowledged span is in a file. */
export interface StoreScenario extends Described {
  readonly kind: 'store';
  readonly load: Load;
}

/** From nothing to accepting, and the memory of a program that idles. */
export interface StartScenario extends Described {
  readonly kind: 'start';
}

/** A program with a configuration, under the name that its row bears. */
export interface Contestant {
  readonly name: string;
  readonly program: ProgramName;
  readonly pipeline: Pipeline;
  /** What differs from the scenario's load for this one alone. */
  readonly load?: Partial<Load>;
  /** Cores of the program, and of generator and sink, as `taskset` names them. */
  readonly cores?: { readonly program: string; readonly others: string };
}

/** What a program is configured to do with OTLP that comes in over gRPC and HTTP. */
export interface Pipeline {
  /** Configurations by component id, in the order of the pipeline. */
  readonly processors?: Readonly<Record<string, unknown>>;
  readonly exporter: 'nop' | 'store' | { readonly kind: 'otlp_grpc'; readonly compression: 'none' | 'gzip' };
  /** Only otelier: threads that the pipeline runs in. */
  readonly workers?: number;
}

/** What is sent. */
export interface Load {
  readonly protocol: 'grpc' | 'http';
  readonly signal: Signal;
  readonly itemsPerRequest: number;
  readonly compression?: 'gzip' | 'zstd';
  /** Default 2. */
  readonly connections?: number;
  /** Requests in flight over all connections. Default 8. */
  readonly inFlight?: number;
  /** Requests per second. By default as many as are answered. */
  readonly rate?: number;
  /** Further connections that are open and silent. */
  readonly idleConnections?: number;
  /** Whether every request has ids of its own. */
  readonly freshIds?: boolean;
}

/** An endpoint that counts. */
export interface Sink {
  /** How long it takes over each request. */
  readonly delayMillis?: number;
}

/** What must come out. */
export type Goal =
  /** Median of the first contestant's items per CPU-second over another's. */
  | { readonly kind: 'ratio'; readonly against: string; readonly atLeast: number }
  /** A figure of the first contestant, or of the one that is named. */
  | { readonly kind: 'metric'; readonly metric: MetricName; readonly atLeast?: number; readonly atMost?: number };
