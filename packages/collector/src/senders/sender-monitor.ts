import { countItems, findField, type Outcome, payloadEnd, payloadStart, SIGNALS, type Signal } from '@otelier/otlp';
import type { Clock, ExportRequest, RejectedRequest } from '@otelier/transport';
import type { ObservedArrival, SenderObserver } from '../component/observe/sender-observer.ts';
import { CpuBudget } from './cpu-budget.ts';
import { RejectedClients } from './rejected-clients.ts';
import { ResourceCache } from './resource-cache.ts';
import { type ResourceFacts, readResource } from './resource-facts.ts';
import { SenderRecord } from './sender-record.ts';
import type { SendersSnapshot } from './sender-snapshot.ts';

/** Maximum number of senders that a thread keeps. */
const MAX_SENDERS = 1000;
/** Time after which a sender that sent nothing makes place for others. */
const IDLE_MILLIS = 600_000;
/** Maximum number of resources of a request that are counted one by one. */
const MAX_RESOURCES = 64;
/** Maximum number of unknown resources per second that are read. */
const MAX_NEW_PER_SECOND = 200;
/** CPU time for reading the identity of a span. */
const LINK_MILLIS = 0.002;
/** Maximum length of a user agent that is kept. */
const MAX_AGENT = 120;

/** A received request whose outcome is still to come. */
export interface Arrival extends ObservedArrival {
  /** The senders of the request with their items, usually one. */
  readonly senders: readonly { readonly record: SenderRecord; readonly items: number }[];
  /** Place of the request among the recent ones of its first sender. */
  readonly slot: number;
}

/** Options for `SenderMonitor`. */
export interface SenderMonitorOptions {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  /** Whether other threads receive from the same senders, so that this one does not see all of their requests. */
  readonly isShared?: boolean;
}

/**
 * Observes who sends: counts each request by sender, and inspects a sample within a share of the CPU. A sender is a
 * resource at an address. Memory is bounded, whatever peers send.
 */
export class SenderMonitor implements SenderObserver {
  readonly #clock: SenderMonitorOptions['clock'];
  readonly #isShared: boolean;
  readonly #cache = new ResourceCache<SenderRecord>();
  readonly #records = new Map<string, SenderRecord>();
  readonly #clients = new RejectedClients();
  readonly #budget: CpuBudget;
  #unlistedItems = 0;
  #second = 0;
  #newInSecond = 0;
  #evictedMillis = Number.NEGATIVE_INFINITY;

  constructor({ clock, isShared = false }: SenderMonitorOptions) {
    this.#clock = clock;
    this.#isShared = isShared;
    this.#budget = new CpuBudget(() => clock.monotonic());
  }

  /** Observes a valid request before it is passed on. `bytes` are its normalized body. */
  arrived(request: ExportRequest, bytes: Uint8Array, itemCount: number): Arrival {
    const { signal } = request;
    const nowMillis = this.#clock.monotonic();
    const tag = SIGNALS[signal].resourceField;
    const value = findField(bytes, 0, bytes.length, tag);
    const groupEnd = payloadEnd(bytes, value);
    if (groupEnd === bytes.length) return this.#single(request, bytes, value, itemCount, nowMillis);
    const senders: Arrival['senders'][number][] = [];
    let left = itemCount;
    let start = 0;
    for (let count = 0; start < bytes.length && count < MAX_RESOURCES; count++) {
      const found = findField(bytes, start, bytes.length, tag);
      if (found < 0) break;
      const end = payloadEnd(bytes, found);
      const part = bytes.subarray(start, end);
      const items = countItems(signal, part);
      const record = items === 0 ? undefined : this.#recordOf(request, bytes, found, nowMillis);
      if (record !== undefined) {
        record.arrive(signal, items, nowMillis);
        senders.push({ record, items });
        left -= items;
        this.#inspect(record, signal, part, items, nowMillis);
      }
      start = end;
    }
    this.#unlistedItems += left;
    return { signal, senders, slot: -1 };
  }

  /** Records the outcome of a request. */
  settled({ signal, senders, slot }: Arrival, outcome: Outcome): void {
    if (outcome.kind === 'accepted') return;
    for (const { record, items } of senders) record.fail(signal, items, outcome);
    if (outcome.kind !== 'partial') senders[0]?.record.recent.fail(slot);
  }

  /** Records a request that was rejected before its sender was known. Others are known from their outcomes. */
  rejected(request: RejectedRequest): void {
    if (!request.isHandled) this.#clients.add(request, this.#clock.now());
  }

  /** Records a request that is not valid telemetry. */
  invalid({ signal, headers, peer }: ExportRequest, reason: string): void {
    const path = SIGNALS[signal].httpPath;
    this.#clients.add({ path, status: 'invalid', reason, peer, userAgent: agentOf(headers) }, this.#clock.now());
  }

  /** Returns what is known of all senders. */
  snapshot(): SendersSnapshot {
    const nowMillis = this.#clock.monotonic();
    const epochMillis = this.#clock.now() - nowMillis;
    return {
      senders: [...this.#records.values()].map((record) => record.snapshot(nowMillis, epochMillis)),
      clients: this.#clients.list(),
      unlistedItems: this.#unlistedItems,
    };
  }

  #single(request: ExportRequest, bytes: Uint8Array, value: number, itemCount: number, nowMillis: number): Arrival {
    const { signal } = request;
    const record = this.#recordOf(request, bytes, value, nowMillis);
    if (record === undefined) {
      this.#unlistedItems += itemCount;
      return { signal, senders: [], slot: -1 };
    }
    record.arrive(signal, itemCount, nowMillis);
    const slot = record.recent.add(bytes, resourceEnd(bytes, value), nowMillis);
    if (record.recent.repeats === 'accepted') record.repeatedAccepted += 1;
    else if (record.recent.repeats === 'failed') record.repeatedFailed += 1;
    this.#inspect(record, signal, bytes, itemCount, nowMillis);
    return { signal, senders: [{ record, items: itemCount }], slot };
  }

  #inspect(record: SenderRecord, signal: Signal, request: Uint8Array, items: number, nowMillis: number): void {
    const { parents } = record.inspection;
    const isWatched = signal === 'traces' && parents.isActive(nowMillis);
    if (record.wantsInspection(signal, nowMillis)) {
      if (!this.#budget.run(() => record.inspect(signal, request, nowMillis, this.#clock.now())) && isWatched)
        parents.abort();
      // Parents of its spans may have arrived in another thread.
      if (this.#isShared) parents.abort();
    } else if (isWatched) {
      if (this.#budget.spend(items * LINK_MILLIS)) record.inspection.link(request, nowMillis);
      else parents.abort();
    }
  }

  /** Returns the record of the sender of the resource group at `value`, unless there are too many. */
  #recordOf(request: ExportRequest, bytes: Uint8Array, value: number, nowMillis: number): SenderRecord | undefined {
    const resource = findField(bytes, payloadStart(bytes, value), payloadEnd(bytes, value), 1);
    const start = resource < 0 ? 0 : payloadStart(bytes, resource);
    const end = resource < 0 ? 0 : payloadEnd(bytes, resource);
    const { peer: address = '' } = request;
    const known = this.#cache.get(bytes, start, end, address);
    // An evicted record is found by its key again.
    if (known !== undefined && known.lastMillis > nowMillis - IDLE_MILLIS) return known;
    if (!this.#mayRead(nowMillis)) return undefined;
    const facts = readResource(bytes, start, end);
    const record = this.#register(facts, address, nowMillis);
    if (record === undefined) return undefined;
    record.transports.add(request.transport);
    record.userAgent = agentOf(request.headers);
    this.#cache.set(bytes, start, end, address, record);
    return record;
  }

  #mayRead(nowMillis: number): boolean {
    const second = Math.floor(nowMillis / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#newInSecond = 0;
    }
    this.#newInSecond += 1;
    return this.#newInSecond <= MAX_NEW_PER_SECOND;
  }

  #register(facts: ResourceFacts, address: string, nowMillis: number): SenderRecord | undefined {
    const { service, namespace, instance, language, sdk, sdkVersion, host, process } = facts;
    const key = [service, namespace, instance, language, sdk, sdkVersion, host, process, address].join('\u0000');
    const known = this.#records.get(key);
    if (known !== undefined) return known;
    if (this.#records.size >= MAX_SENDERS && !this.#evict(nowMillis)) return undefined;
    const record = new SenderRecord(facts, address, nowMillis);
    this.#records.set(key, record);
    return record;
  }

  /** Removes the senders that sent nothing for long, at most once per second. */
  #evict(nowMillis: number): boolean {
    if (nowMillis - this.#evictedMillis < 1000) return false;
    this.#evictedMillis = nowMillis;
    for (const [key, { lastMillis }] of this.#records) {
      if (lastMillis < nowMillis - IDLE_MILLIS) this.#records.delete(key);
    }
    return this.#records.size < MAX_SENDERS;
  }
}

/** Returns the offset after the resource of the group at `value`, where its telemetry begins. */
function resourceEnd(bytes: Uint8Array, value: number): number {
  const start = payloadStart(bytes, value);
  const resource = findField(bytes, start, payloadEnd(bytes, value), 1);
  return resource < 0 ? start : payloadEnd(bytes, resource);
}

function agentOf(headers: ExportRequest['headers']): string {
  const agent = headers['user-agent'];
  return (typeof agent === 'string' ? agent : (agent?.[0] ?? '')).slice(0, MAX_AGENT);
}
