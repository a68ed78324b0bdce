import type { RejectedSender } from '@otelier/transport/auth';
import type { IngestUsage } from '../component/requests/tenants.ts';
import { formatByteSize } from '../component/units.ts';
import type { TenantLimits } from './config.ts';
import type { Flow } from './fair-queue.ts';

/** Whether a tenant may send, and within which limits. */
export interface TenantSettings {
  readonly state: 'active' | 'suspended';
  readonly limits: TenantLimits;
}

/** What a tenant uses, and its limits. */
export class TenantState implements Flow {
  readonly name: string;
  inFlightBytes = 0;
  receivedItems = 0;
  receivedBytes = 0;
  rejectedRequests = 0;
  queries = 0;
  rejectedQueries = 0;
  readonly #recent: RecentRates;
  #settings: TenantSettings;
  #bytes: Rate | undefined;
  #items: Rate | undefined;

  constructor(name: string, settings: TenantSettings, nowMillis: number) {
    this.name = name;
    this.#settings = settings;
    this.#recent = new RecentRates(nowMillis);
    this.change(settings, nowMillis);
  }

  get settings(): TenantSettings {
    return this.#settings;
  }

  get weight(): number {
    return this.#settings.limits.weight ?? 1;
  }

  /** Applies other settings. What was used within the rates stays used. */
  change(settings: TenantSettings, nowMillis: number): void {
    this.#settings = settings;
    const { ingestBytesPerSecond, ingestItemsPerSecond } = settings.limits;
    this.#bytes = changed(this.#bytes, ingestBytesPerSecond, nowMillis);
    this.#items = changed(this.#items, ingestItemsPerSecond, nowMillis);
  }

  /** Counts what was received. */
  received(itemCount: number, sizeBytes: number, nowMillis: number): void {
    this.receivedItems += itemCount;
    this.receivedBytes += sizeBytes;
    this.#recent.add(itemCount, sizeBytes, nowMillis);
    this.#bytes?.use(sizeBytes, nowMillis);
    this.#items?.use(itemCount, nowMillis);
  }

  /** Returns why a request is rejected, if it is. `sharedBytes` may be in flight without a limit of the tenant's own. */
  check(sizeBytes: number, sharedBytes: number, nowMillis: number): RejectedSender | undefined {
    if (this.#settings.state === 'suspended') {
      return { kind: 'forbidden', reason: `tenant ${this.name} is suspended: it may not send telemetry` };
    }
    const { ingestBytesPerSecond, ingestItemsPerSecond, bytesInFlight = sharedBytes } = this.#settings.limits;
    const bytesMillis = this.#bytes?.waitMillis(nowMillis) ?? 0;
    if (bytesMillis > 0) {
      return this.#busy(`may send ${formatByteSize(ingestBytesPerSecond ?? 0)} per second, and sent more`, bytesMillis);
    }
    const itemsMillis = this.#items?.waitMillis(nowMillis) ?? 0;
    if (itemsMillis > 0)
      return this.#busy(`may send ${ingestItemsPerSecond} items per second, and sent more`, itemsMillis);
    if (this.inFlightBytes > 0 && this.inFlightBytes + sizeBytes > bytesInFlight) {
      return this.#busy(`may have ${formatByteSize(bytesInFlight)} in flight, and has more`, RETRY_MILLIS);
    }
    return undefined;
  }

  usage(nowMillis: number): IngestUsage {
    const { name: tenant, receivedItems, receivedBytes, rejectedRequests, inFlightBytes } = this;
    const { queries, rejectedQueries } = this;
    const { state } = this.#settings;
    return {
      ...{ tenant, state, receivedItems, receivedBytes, ...this.#recent.at(nowMillis) },
      ...{ rejectedRequests, inFlightBytes, queries, rejectedQueries },
    };
  }

  #busy(reason: string, afterMillis: number): RejectedSender {
    return { kind: 'busy', reason: `tenant ${this.name} ${reason}`, afterMillis };
  }
}

const RETRY_MILLIS = 1000;

function changed(rate: Rate | undefined, perSecond: number | undefined, nowMillis: number): Rate | undefined {
  if (perSecond === undefined) return undefined;
  if (rate === undefined) return new Rate(perSecond, nowMillis);
  rate.change(perSecond);
  return rate;
}

/**
 * A rate per second that may be exceeded by one request: what is too much is paid for by the time after it, so that a request
 * can be rejected before its size is known.
 */
class Rate {
  #perSecond: number;
  #available: number;
  #atMillis: number;

  /** `nowMillis` is a monotonic time. */
  constructor(perSecond: number, nowMillis: number) {
    this.#perSecond = perSecond;
    this.#available = perSecond;
    this.#atMillis = nowMillis;
  }

  /** Changes the rate. What is already used stays used. */
  change(perSecond: number): void {
    this.#perSecond = perSecond;
    this.#available = Math.min(this.#available, perSecond);
  }

  use(amount: number, nowMillis: number): void {
    this.#refill(nowMillis);
    this.#available -= amount;
  }

  /** Returns the time until something may be used again; 0 if that is now. */
  waitMillis(nowMillis: number): number {
    this.#refill(nowMillis);
    return this.#available > 0 ? 0 : Math.ceil((1 - this.#available) / (this.#perSecond / 1000));
  }

  #refill(nowMillis: number): void {
    const gained = ((nowMillis - this.#atMillis) * this.#perSecond) / 1000;
    this.#available = Math.min(this.#perSecond, this.#available + gained);
    this.#atMillis = nowMillis;
  }
}

/** Duration over which rates are measured. */
const WINDOW_MILLIS = 10_000;

/** Items and bytes per second over the last seconds, from the counts of two windows. */
class RecentRates {
  #startMillis: number;
  #items = 0;
  #bytes = 0;
  #itemsBefore = 0;
  #bytesBefore = 0;

  /** `nowMillis` is a monotonic time. */
  constructor(nowMillis: number) {
    this.#startMillis = nowMillis;
  }

  add(itemCount: number, sizeBytes: number, nowMillis: number): void {
    this.#advance(nowMillis);
    this.#items += itemCount;
    this.#bytes += sizeBytes;
  }

  at(nowMillis: number): { readonly itemsPerSecond: number; readonly bytesPerSecond: number } {
    this.#advance(nowMillis);
    // The part of the window before that is still within the last seconds.
    const part = 1 - (nowMillis - this.#startMillis) / WINDOW_MILLIS;
    const perSecond = (before: number, count: number): number =>
      Math.round(((before * part + count) / (WINDOW_MILLIS / 1000)) * 10) / 10;
    return {
      itemsPerSecond: perSecond(this.#itemsBefore, this.#items),
      bytesPerSecond: perSecond(this.#bytesBefore, this.#bytes),
    };
  }

  #advance(nowMillis: number): void {
    const windows = Math.floor((nowMillis - this.#startMillis) / WINDOW_MILLIS);
    if (windows === 0) return;
    this.#itemsBefore = windows === 1 ? this.#items : 0;
    this.#bytesBefore = windows === 1 ? this.#bytes : 0;
    this.#items = 0;
    this.#bytes = 0;
    this.#startMillis += windows * WINDOW_MILLIS;
  }
}
