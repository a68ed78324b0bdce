import type { RewrittenRequest } from '@otelier/otlp';
import type { RejectedSender, SenderConnection } from '@otelier/transport/auth';
import type { IngestUsage } from '../component/requests/tenants.ts';
import { formatByteSize } from '../component/units.ts';
import type { TenantLimits } from './config.ts';
import type { Flow } from './fair-queue/fair-queue.ts';
import { ActiveSeries } from './use/active-series.ts';
import { LocalUse, type RateUse, type TenantUse } from './use/tenant-use.ts';

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
  #series: ActiveSeries | undefined;
  readonly #connections = new Set<SenderConnection>();
  readonly #use: TenantUse;

  /** `use` is what all threads that share the limits use of them. Default: those of this thread alone. */
  constructor(name: string, settings: TenantSettings, nowMillis: number, use: TenantUse = new LocalUse()) {
    this.name = name;
    this.#use = use;
    this.#settings = settings;
    this.#recent = new RecentRates(nowMillis);
    this.change(settings);
  }

  get settings(): TenantSettings {
    return this.#settings;
  }

  get weight(): number {
    return this.#settings.limits.weight ?? 1;
  }

  /** Applies other settings. What was used within the rates stays used. */
  change(settings: TenantSettings): void {
    this.#settings = settings;
    const { ingestBytesPerSecond, ingestItemsPerSecond, activeSeries } = settings.limits;
    if (activeSeries === undefined) this.#forgetSeries();
    this.#bytes = changed(this.#bytes, ingestBytesPerSecond, this.#use.bytes);
    this.#items = changed(this.#items, ingestItemsPerSecond, this.#use.items);
  }

  /** Adds bytes in flight, or removes them if they are negative. */
  addInFlight(bytes: number): void {
    this.inFlightBytes += bytes;
    this.#use.addInFlight(bytes);
  }

  /** Counts a connection of the tenant until it closes. Returns why it is rejected, if it is one too many. */
  connect(connection: SenderConnection): RejectedSender | undefined {
    const { connections: max } = this.#settings.limits;
    if (max === undefined || this.#connections.has(connection)) return undefined;
    if (this.#use.connections >= max) {
      const rejected = this.#busy(`may have ${max} open connections, and has more: reuse them`, RETRY_MILLIS);
      return { ...rejected, closesConnection: true };
    }
    this.#connections.add(connection);
    this.#use.addConnections(1);
    connection.onClose(() => {
      this.#connections.delete(connection);
      this.#use.addConnections(-1);
    });
    return undefined;
  }

  /** Removes the points of new series beyond the limit from a request with metrics; `undefined` if there is none. */
  limitSeries(request: Uint8Array, nowMillis: number): LimitedSeries | undefined {
    const { activeSeries: max } = this.#settings.limits;
    if (max === undefined) return undefined;
    this.#series ??= new ActiveSeries(this.#use, nowMillis);
    const limited = this.#series.limit(request, max, nowMillis);
    if (limited.dropped === 0) return undefined;
    this.rejectedRequests += 1;
    const reason = `tenant ${this.name} may have ${max} active series, and these are further ones: send fewer attributes, or raise active_series`;
    return { ...limited, reason };
  }

  #forgetSeries(): void {
    this.#series?.clear();
    this.#series = undefined;
  }

  /** Tells the size of what is stored of the tenant. */
  set storedBytes(bytes: number) {
    this.#use.storedBytes = bytes;
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
    const { diskQuotaBytes = Number.POSITIVE_INFINITY } = this.#settings.limits;
    const { storedBytes } = this.#use;
    if (storedBytes >= diskQuotaBytes) return this.#full(storedBytes, diskQuotaBytes);
    const bytesMillis = this.#bytes?.waitMillis(nowMillis) ?? 0;
    if (bytesMillis > 0) {
      return this.#busy(`may send ${formatByteSize(ingestBytesPerSecond ?? 0)} per second, and sent more`, bytesMillis);
    }
    const itemsMillis = this.#items?.waitMillis(nowMillis) ?? 0;
    if (itemsMillis > 0)
      return this.#busy(`may send ${ingestItemsPerSecond} items per second, and sent more`, itemsMillis);
    const inFlight = this.#use.inFlightBytes;
    if (inFlight > 0 && inFlight + sizeBytes > bytesInFlight) {
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
      // Those of other threads are in their usage.
      ...{ connections: this.#connections.size, activeSeries: this.#series?.size ?? 0 },
    };
  }

  #full(storedBytes: number, quotaBytes: number): RejectedSender {
    const sizes = `${formatByteSize(storedBytes)} of ${formatByteSize(quotaBytes)}`;
    const remedy = 'raise disk_quota_bytes, shorten the retention, or remove telemetry of the tenant';
    return { kind: 'full', reason: `tenant ${this.name} has filled its disk quota, ${sizes}: ${remedy}` };
  }

  #busy(reason: string, afterMillis: number): RejectedSender {
    return { kind: 'busy', reason: `tenant ${this.name} ${reason}`, afterMillis };
  }
}

/** A request without the points of series beyond a limit. */
export interface LimitedSeries extends RewrittenRequest {
  /** Why points were removed. */
  readonly reason: string;
}

const RETRY_MILLIS = 1000;

function changed(rate: Rate | undefined, perSecond: number | undefined, use: RateUse): Rate | undefined {
  if (perSecond === undefined) return undefined;
  if (rate === undefined) return new Rate(perSecond, use);
  rate.perSecond = perSecond;
  return rate;
}

/** How much of a rate can be used at once, in microseconds. */
const BURST_MICROS = 1_000_000;

/**
 * A rate per second that may be exceeded by one request: what is too much is paid for by the time after it, so that a request
 * can be rejected before its size is known.
 */
class Rate {
  /** What is already used stays used after a change. */
  perSecond: number;
  readonly #use: RateUse;

  constructor(perSecond: number, use: RateUse) {
    this.perSecond = perSecond;
    this.#use = use;
  }

  use(amount: number, nowMillis: number): void {
    this.#use.pay((amount / this.perSecond) * 1e6, this.#use.nowMicros(nowMillis));
  }

  /** Returns the time until something may be used again; 0 if that is now. `nowMillis` is a monotonic time. */
  waitMillis(nowMillis: number): number {
    const lateMicros = this.#use.paidMicros - this.#use.nowMicros(nowMillis) - BURST_MICROS;
    return lateMicros < 0 ? 0 : Math.ceil(lateMicros / 1000 + 1000 / this.perSecond);
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
