import type { Outcome, Signal } from '@otelier/otlp';
import { Inspection } from './inspect/inspection.ts';
import { RecentItems } from './recent-items.ts';
import { RecentRequests } from './recent-requests.ts';
import type { ResourceFacts } from './resource-facts.ts';
import type { SenderSnapshot, SignalCounts } from './sender-snapshot.ts';

/** Pauses between two inspections of a sender for a signal: at first, and once it is known. */
const FIRST_PAUSE_MILLIS = 3000;
const PAUSE_MILLIS = 10_000;
/** Number of inspections after which a sender is known. */
const KNOWN_AFTER = 20;
/** Number of requests of a new sender that are all inspected, for each signal. */
const INSPECTED_AT_ONCE = 3;
/** Maximum length of a reason, which can quote what the sender sent. */
const MAX_REASON = 200;

type Counts = { -readonly [K in keyof SignalCounts]: SignalCounts[K] };

/** What is known of a sender: counters of all of its requests, and the results of inspecting some. */
export class SenderRecord {
  readonly facts: ResourceFacts;
  readonly address: string;
  readonly transports = new Set<string>();
  userAgent = '';
  /** Times of the monotonic clock. */
  readonly firstMillis: number;
  lastMillis: number;
  readonly inspection = new Inspection();
  readonly recent = new RecentRequests();
  readonly items = new RecentItems();
  repeatedAccepted = 0;
  repeatedFailed = 0;
  readonly #signals = new Map<Signal, Counts>();
  readonly #reasons = { partial: '', refused: '', retry: '' };
  /** Number of inspections by signal, and the time of the next one. */
  readonly #inspections = new Map<Signal, { count: number; nextMillis: number }>();

  constructor(facts: ResourceFacts, address: string, nowMillis: number) {
    this.facts = facts;
    this.address = address;
    this.firstMillis = nowMillis;
    this.lastMillis = nowMillis;
  }

  /** Counts a request, or the part of a request that is from this sender. */
  arrive(signal: Signal, itemCount: number, nowMillis: number): void {
    const counts = this.#counts(signal);
    counts.requests += 1;
    counts.items += itemCount;
    if (counts.requests === 1) counts.firstMillis = nowMillis;
    counts.lastMillis = nowMillis;
    this.lastMillis = nowMillis;
    this.items.add(itemCount, nowMillis);
  }

  /** Counts the outcome of a request that was not accepted as a whole. */
  fail(signal: Signal, itemCount: number, outcome: Exclude<Outcome, { kind: 'accepted' }>): void {
    const counts = this.#counts(signal);
    this.#reasons[outcome.kind] = outcome.reason.slice(0, MAX_REASON);
    if (outcome.kind === 'partial') {
      counts.partialRequests += 1;
      counts.rejectedItems += Math.min(outcome.rejectedItems, itemCount);
      return;
    }
    counts.items -= itemCount;
    if (outcome.kind === 'retry') counts.retryRequests += 1;
    else {
      counts.refusedRequests += 1;
      counts.refusedItems += itemCount;
    }
  }

  /** Returns whether the next request of a signal is to be inspected. */
  wantsInspection(signal: Signal, nowMillis: number): boolean {
    const past = this.#inspections.get(signal);
    return past === undefined || past.count < INSPECTED_AT_ONCE || nowMillis >= past.nextMillis;
  }

  /** Inspects a request with only items of this sender. */
  inspect(signal: Signal, request: Uint8Array, nowMillis: number, arrivalMillis: number): void {
    const { inspection } = this;
    inspection.read(signal, request, { nowMillis, arrivalMillis }, (other) => this.#signals.get(other)?.items ?? 0);
    const count = (this.#inspections.get(signal)?.count ?? 0) + 1;
    const nextMillis = nowMillis + (count < KNOWN_AFTER ? FIRST_PAUSE_MILLIS : PAUSE_MILLIS);
    this.#inspections.set(signal, { count, nextMillis });
  }

  /** Returns a copy that threads can exchange. `epochMillis` is the time of the epoch at the start of the monotonic clock. */
  snapshot(nowMillis: number, epochMillis: number): SenderSnapshot {
    const { inspection } = this;
    inspection.parents.isActive(nowMillis);
    return {
      facts: this.facts,
      address: this.address,
      transports: [...this.transports],
      userAgent: this.userAgent,
      firstMillis: this.firstMillis + epochMillis,
      lastMillis: this.lastMillis + epochMillis,
      itemsPerSecond: this.items.perSecond(nowMillis, this.firstMillis),
      signals: Object.fromEntries([...this.#signals].map(([signal, counts]) => [signal, { ...counts }])),
      reasons: { ...this.#reasons },
      repeatedAccepted: this.repeatedAccepted,
      repeatedFailed: this.repeatedFailed,
      inspected: {
        requests: inspection.requests,
        items: inspection.items,
        offsets: [...inspection.offsets],
        deprecated: new Map([...inspection.attributes.deprecated]),
        deprecatedMetrics: [...inspection.metrics.deprecated.keys()],
        huge: inspection.attributes.huge,
        dropped: {
          attributes: inspection.droppedAttributes,
          events: inspection.droppedEvents,
          links: inspection.droppedLinks,
        },
        invalidIds: inspection.invalidIds,
        invalidTimes: inspection.invalidTimes,
        conflicts: [...inspection.metrics.conflicts],
        duplicates: [...inspection.metrics.duplicates],
        temporality: [...inspection.metrics.temporality],
        self: [...inspection.metrics.self.counts.values()].map((count) => ({ ...count })),
        parents: { watched: inspection.parents.watched, missing: inspection.parents.missing },
        roots: [...inspection.context.scopes].map(([scope, roots]) => ({
          scope: scope.slice(0, MAX_REASON),
          ...roots,
        })),
      },
    };
  }

  #counts(signal: Signal): Counts {
    let counts = this.#signals.get(signal);
    if (counts === undefined) {
      counts = {
        ...{ requests: 0, items: 0, partialRequests: 0, rejectedItems: 0, refusedRequests: 0, refusedItems: 0 },
        ...{ retryRequests: 0, firstMillis: 0, lastMillis: 0 },
      };
      this.#signals.set(signal, counts);
    }
    return counts;
  }
}
