import type { Logger } from 'pino';
import type { CardinalityLimitConfig } from './config.ts';
import { DistinctCount } from './distinct-count.ts';

/** Counts the values of a metric attribute. */
interface Tracker {
  readonly metric: string;
  readonly attribute: string;
  values: DistinctCount;
  /** Number of values in the previous epoch. */
  before: number;
  isUsed: boolean;
  idleEpochs: number;
}

/** Counts the distinct values of attributes in each epoch and detects those with too many. */
export class Trackers {
  readonly #config: CardinalityLimitConfig;
  readonly #logger: Pick<Logger, 'warn' | 'info'>;
  readonly #trackers = new Map<string, Map<string, Tracker>>();
  #count = 0;
  readonly #logged = new Set<Tracker>();
  #isFull = false;

  constructor(config: CardinalityLimitConfig, logger: Pick<Logger, 'warn' | 'info'>) {
    this.#config = config;
    this.#logger = logger;
  }

  /** Counts an attribute value, given two hashes of it. Returns whether there are too many new values. */
  isExcess(metric: string, attribute: string, low: number, high: number): boolean {
    const tracker = this.#trackers.get(metric)?.get(attribute) ?? this.#add(metric, attribute);
    if (tracker === undefined) return false;
    tracker.values.add(low, high);
    tracker.isUsed = true;
    if (tracker.values.value - tracker.before <= this.#limitOf(metric)) return false;
    this.#log(tracker);
    return true;
  }

  /** Starts a new epoch. Attributes without values for two epochs are removed. */
  rotate(): void {
    const { topOffendersCount } = this.#config;
    if (topOffendersCount > 0) this.#report(topOffendersCount);
    for (const [metric, attributes] of this.#trackers) {
      for (const [key, tracker] of attributes) {
        tracker.idleEpochs = tracker.isUsed ? 0 : tracker.idleEpochs + 1;
        tracker.before = tracker.values.value;
        if (tracker.isUsed) tracker.values = new DistinctCount();
        tracker.isUsed = false;
        if (tracker.idleEpochs < MAX_IDLE_EPOCHS) continue;
        attributes.delete(key);
        this.#count -= 1;
      }
      if (attributes.size === 0) this.#trackers.delete(metric);
    }
    this.#logged.clear();
    this.#isFull = false;
  }

  #limitOf(metric: string): number {
    return this.#config.metricOverrides[metric] ?? this.#config.maxCardinalityDeltaPerEpoch;
  }

  #add(metric: string, attribute: string): Tracker | undefined {
    const { maxTrackerCount } = this.#config;
    const limit = maxTrackerCount === 0 ? MAX_TRACKERS : maxTrackerCount;
    if (this.#count >= limit) {
      if (!this.#isFull) this.#logger.warn({ limit }, 'too many attributes of metrics, others are not limited');
      this.#isFull = true;
      return undefined;
    }
    const tracker = { metric, attribute, values: new DistinctCount(), before: 0, isUsed: false, idleEpochs: 0 };
    const attributes = this.#trackers.get(metric);
    if (attributes === undefined) this.#trackers.set(metric, new Map([[attribute, tracker]]));
    else attributes.set(attribute, tracker);
    this.#count += 1;
    return tracker;
  }

  /** Logs the first time that an attribute exceeds its limit in an epoch. */
  #log(tracker: Tracker): void {
    const { dropLogMaxPerEpoch } = this.#config;
    const limit = dropLogMaxPerEpoch === 0 ? MAX_LOGGED : dropLogMaxPerEpoch;
    if (this.#logged.size >= limit || this.#logged.has(tracker)) return;
    this.#logged.add(tracker);
    const { metric, attribute } = tracker;
    this.#logger.warn({ metric, attribute, limit: this.#limitOf(metric) }, 'attribute has too many new values');
  }

  /** Logs the attributes with the most new values. */
  #report(count: number): void {
    const top = [...this.#trackers.values()]
      .flatMap((attributes) => [...attributes.values()])
      .map(({ metric, attribute, values, before }) => ({ metric, attribute, newValues: values.value - before }))
      .filter(({ metric, newValues }) => newValues > this.#limitOf(metric))
      .sort((left, right) => right.newValues - left.newValues)
      .slice(0, count);
    if (top.length > 0) this.#logger.info({ attributes: top }, 'attributes with the most new values');
  }
}

const MAX_IDLE_EPOCHS = 2;
const MAX_LOGGED = 1000;
/** Bounds memory if the configuration does not. A counter takes up to 4 KiB. */
const MAX_TRACKERS = 50_000;
