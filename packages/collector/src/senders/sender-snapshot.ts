import type { Signal } from '@otelier/otlp';
import type { ScopeRoots } from './inspect/context-loss.ts';
import type { SelfCount } from './inspect/self-metrics.ts';
import type { ResourceFacts } from './resource-facts.ts';

/** Counters of the requests of a sender for a signal. */
export interface SignalCounts {
  readonly requests: number;
  /** Number of items that were accepted. */
  readonly items: number;
  /** Number of requests of which some items were rejected, and of these items. */
  readonly partialRequests: number;
  readonly rejectedItems: number;
  /** Number of requests that were refused for good, and of their items. */
  readonly refusedRequests: number;
  readonly refusedItems: number;
  /** Number of requests that were rejected as retryable. */
  readonly retryRequests: number;
  readonly firstMillis: number;
  readonly lastMillis: number;
}

/** What a thread knows of a sender. */
export interface SenderSnapshot {
  readonly facts: ResourceFacts;
  /** Remote address; empty if it is unknown. */
  readonly address: string;
  readonly transports: readonly string[];
  readonly userAgent: string;
  readonly firstMillis: number;
  readonly lastMillis: number;
  readonly itemsPerSecond: number;
  readonly signals: Partial<Readonly<Record<Signal, SignalCounts>>>;
  /** The latest reason of each kind of outcome; empty without one. */
  readonly reasons: { readonly partial: string; readonly refused: string; readonly retry: string };
  /** Number of requests that repeated one that had been accepted or was in flight, and one that had failed. */
  readonly repeatedAccepted: number;
  readonly repeatedFailed: number;
  readonly inspected: InspectedSnapshot;
}

/** The results of inspecting some of the requests of a sender. */
export interface InspectedSnapshot {
  readonly requests: number;
  readonly items: number;
  /** Time of the newest item minus arrival, of the latest requests. */
  readonly offsets: readonly number[];
  /** Deprecated names of attributes, with the number of items that have them. */
  readonly deprecated: ReadonlyMap<string, number>;
  readonly deprecatedMetrics: readonly string[];
  readonly huge: { readonly key: string; readonly bytes: number } | undefined;
  readonly dropped: { readonly attributes: number; readonly events: number; readonly links: number };
  readonly invalidIds: number;
  readonly invalidTimes: number;
  readonly conflicts: readonly string[];
  readonly duplicates: readonly string[];
  readonly temporality: readonly string[];
  readonly self: readonly SelfCount[];
  readonly parents: { readonly watched: number; readonly missing: number };
  readonly roots: readonly (ScopeRoots & { readonly scope: string })[];
}

/** Requests of a client that were rejected before their sender was known. */
export interface RejectedClient {
  readonly address: string;
  readonly userAgent: string;
  readonly path: string;
  /** HTTP status, or the name of a gRPC status. */
  readonly status: string;
  readonly reason: string;
  readonly count: number;
  readonly atMillis: number;
}

/** What a thread knows of all senders. */
export interface SendersSnapshot {
  readonly senders: readonly SenderSnapshot[];
  readonly clients: readonly RejectedClient[];
  /** Items of senders that are not listed, because there were too many. */
  readonly unlistedItems: number;
}

/** What a thread knows that has opened no server. */
export const NO_SENDERS: SendersSnapshot = { senders: [], clients: [], unlistedItems: 0 };
