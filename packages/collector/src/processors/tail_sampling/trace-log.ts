import type { InMemory, JournalQueue, TakenRecord } from '@otelier/journal';
import type { Batch } from '@otelier/otlp';
import type { Admission } from '@otelier/transport';
import type { DurableQueue, StorageExtension, StorageOwner, TakenBatch } from '../../component/storage/contract.ts';

/** What an earlier process decided about a trace whose spans are still stored. */
export type KnownDecision = 'sampled' | 'dropped' | 'delivered';

/** A stored request. It is removed when it and all before it are complete. */
export interface StoredRequest {
  readonly taken: TakenBatch;
  /** Number of undecided traces that began in it, and of its forwarded spans that are not delivered. */
  open: number;
  isRemoved: boolean;
}

/** Traces that were decided since the last request was sent. */
interface DecisionGroup {
  /** Trace IDs as four integers each, by tenant. */
  readonly sampled: Map<string, number[]>;
  readonly dropped: Map<string, number[]>;
  /** The stored requests in which the sampled and the dropped traces began. */
  readonly sampledIn: StoredRequest[];
  readonly droppedIn: StoredRequest[];
}

/** A record of decisions, as JSON. */
interface DecisionRecord {
  readonly group: number;
  readonly sampled?: readonly (readonly [tenant: string, ids: readonly number[]])[];
  readonly dropped?: readonly (readonly [tenant: string, ids: readonly number[]])[];
  /** Whether the next component has accepted the sampled traces of the group. */
  readonly isDelivered?: boolean;
}

/**
 * Stores the requests of undecided traces and the decisions about them. A decision is stored before its spans are sent,
 * so that a trace has one decision even if the process is killed in between. After a restart the stored requests are
 * read again: undecided traces wait again, sampled ones that were not delivered are sent, and others are skipped.
 */
export class TraceLog {
  onReadable: () => void = () => {};
  readonly #requests: DurableQueue;
  readonly #decisions: JournalQueue<InMemory>;
  readonly #onError: (error: unknown) => void;
  readonly #stored: StoredRequest[] = [];
  /** The stored request in which each undecided trace began, by the index of the trace. */
  readonly #beganIn = new Map<number, StoredRequest>();
  readonly #known = new Map<string, KnownDecision>();
  /** The last stored request when each decision record was appended. */
  readonly #lastRequests: (StoredRequest | undefined)[] = [];
  /** Decision records of the earlier process, which are kept until its requests are removed. */
  #loaded: TakenRecord<InMemory>[] = [];
  #replayLeft: number;
  #group = newGroup();
  #groupNumber = 0;
  #current: StoredRequest | undefined;
  #lastReplayed: StoredRequest | undefined;
  #sending: Promise<void> | undefined;

  /** Opens the log of a processor and reads the decisions of an earlier process. */
  static async open(
    storage: StorageExtension,
    owner: StorageOwner,
    { onError, onLost }: { onError(error: unknown): void; onLost(items: number, message: string): void },
  ): Promise<TraceLog> {
    const requests = await storage.openQueue(owner, 'traces', {
      isExclusive: true,
      onDamage: ({ message, lost }) => onLost(lost.items, message),
      onReadError: onError,
    });
    const log = new TraceLog(requests, await storage.openRecords(owner, 'decisions'), onError);
    await log.#load();
    requests.onReadable = () => log.onReadable();
    return log;
  }

  private constructor(requests: DurableQueue, decisions: JournalQueue<InMemory>, onError: (error: unknown) => void) {
    this.#requests = requests;
    this.#decisions = decisions;
    this.#onError = onError;
    this.#replayLeft = requests.size.records;
  }

  /** Number of requests that are stored and not ingested. */
  get waitingRequests(): number {
    return this.#requests.size.records - this.#stored.length;
  }

  /** Number of spans in the storage. */
  get waitingItems(): number {
    return this.#requests.size.items;
  }

  /** Whether requests of an earlier process are being read. */
  get isReplaying(): boolean {
    return this.#replayLeft > 0;
  }

  /** Stores a request. Rejects if it cannot be stored. */
  append(batch: Batch, admission: Admission): Promise<void> {
    return this.#requests.append(batch, admission);
  }

  /** Returns the next request to ingest. `ingested` must follow. */
  take(): TakenBatch | undefined {
    const taken = this.#requests.take();
    if (taken === undefined) return undefined;
    this.#current = { taken, open: 1, isRemoved: false };
    this.#stored.push(this.#current);
    return taken;
  }

  /** Marks the request that was taken last as ingested. */
  ingested(): void {
    const current = this.#current;
    this.#current = undefined;
    if (this.#replayLeft > 0) this.#replayLeft -= 1;
    if (current === undefined) return;
    current.taken.admission?.release();
    this.#close(current);
  }

  /** Returns what an earlier process decided about a trace that is not in memory. */
  knownDecision(ids: readonly [number, number, number, number], tenant: string): KnownDecision | undefined {
    if (this.#known.size === 0) return undefined;
    const known = this.#known.get(keyOf(tenant, ...ids));
    // Spans that arrive late follow the decision about their trace.
    return known === 'delivered' && !this.isReplaying ? 'sampled' : known;
  }

  /** Notes that a trace began in the request that is being ingested. */
  added(index: number): void {
    if (this.#current === undefined) return;
    this.#current.open += 1;
    this.#beganIn.set(index, this.#current);
  }

  /** Notes a decision, which `send` or `flush` stores. */
  decided(index: number, ids: ArrayLike<number>, tenant: string, isSampled: boolean): void {
    const { sampled, dropped, sampledIn, droppedIn } = this.#group;
    const byTenant = isSampled ? sampled : dropped;
    const list = byTenant.get(tenant) ?? [];
    byTenant.set(tenant, list);
    const at = 4 * index;
    list.push(ids[at] ?? 0, ids[at + 1] ?? 0, ids[at + 2] ?? 0, ids[at + 3] ?? 0);
    const began = this.#beganIn.get(index);
    this.#beganIn.delete(index);
    if (began !== undefined) (isSampled ? sampledIn : droppedIn).push(began);
  }

  /**
   * Stores the decisions since the last call, then sends the spans of the sampled traces. `send` gets a function to call
   * when they are delivered.
   */
  send(send: (delivered: () => void) => void): void {
    const group = this.#takeGroup();
    const number = this.#groupNumber++;
    // Forwarded spans of traces that are decided already belong to the request that is being ingested.
    const requests = [...group.sampledIn];
    if (this.#current !== undefined) {
      this.#current.open += 1;
      requests.push(this.#current);
    }
    const delivered = () => {
      void this.#store({ group: number, isDelivered: true }).then(() => this.#closeAll(requests));
    };
    this.#sending = this.#storeGroup(number, group).then(() => send(delivered));
  }

  /** Resolves when everything is passed to `send` of the last call. */
  async sent(): Promise<void> {
    await this.#sending;
  }

  /** Stores the decisions since the last call of `send`, of which none samples a trace. */
  flush(): void {
    const group = this.#takeGroup();
    if (group.dropped.size > 0) void this.#storeGroup(this.#groupNumber++, group);
  }

  async close(): Promise<void> {
    await this.#requests.close();
    await this.#decisions.close();
  }

  #takeGroup(): DecisionGroup {
    const group = this.#group;
    this.#group = newGroup();
    return group;
  }

  async #storeGroup(number: number, { sampled, dropped, droppedIn }: DecisionGroup): Promise<void> {
    if (sampled.size + dropped.size > 0) {
      await this.#store({ group: number, sampled: [...sampled], dropped: [...dropped] });
    }
    this.#closeAll(droppedIn);
  }

  async #store(record: DecisionRecord): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(record));
    try {
      await this.#decisions.append([bytes], { items: 1, bytes: bytes.length }, NOTHING);
      this.#lastRequests.push(this.#stored.at(-1));
    } catch (error) {
      // Without it, a kill may lead to a second decision. The spans are delivered in any case.
      this.#onError(error);
    }
  }

  #closeAll(requests: readonly StoredRequest[]): void {
    for (const request of requests) request.open -= 1;
    this.#remove();
  }

  #close(request: StoredRequest): void {
    request.open -= 1;
    this.#remove();
  }

  /** Removes complete requests from the front, and the decisions that concern no other. */
  #remove(): void {
    let count = 0;
    while (this.#stored[count]?.open === 0) count += 1;
    for (const request of this.#stored.splice(0, count)) {
      request.isRemoved = true;
      void request.taken.acknowledge();
    }
    if (this.#replayLeft === 0 && this.#loaded.length > 0 && this.#isReplayRemoved()) {
      for (const taken of this.#loaded.splice(0)) void this.#decisions.acknowledge(taken);
    }
    while (this.#lastRequests.length > 0 && (this.#lastRequests[0]?.isRemoved ?? true)) {
      const taken = this.#decisions.take();
      if (taken === undefined) return;
      this.#lastRequests.shift();
      void this.#decisions.acknowledge(taken);
    }
  }

  #isReplayRemoved(): boolean {
    this.#lastReplayed ??= this.#stored.at(-1);
    return this.#lastReplayed?.isRemoved ?? true;
  }

  async #load(): Promise<void> {
    const groups = new Map<number, readonly string[]>();
    // Damaged records reduce the size.
    while (this.#loaded.length < this.#decisions.size.records) {
      const taken = this.#decisions.take();
      if (taken === undefined) await this.#nextDecision();
      else this.#loaded.push(taken);
      if (taken?.content.kind === 'disk') this.#learn(JSON.parse(Buffer.from(taken.content.bytes).toString()), groups);
    }
  }

  #nextDecision(): Promise<void> {
    return new Promise((resolve) => {
      this.#decisions.onReadable = resolve;
    });
  }

  #learn(
    { group, sampled = [], dropped = [], isDelivered }: DecisionRecord,
    groups: Map<number, readonly string[]>,
  ): void {
    this.#groupNumber = Math.max(this.#groupNumber, group + 1);
    if (isDelivered) for (const key of groups.get(group) ?? []) this.#known.set(key, 'delivered');
    for (const [tenant, ids] of dropped) for (const key of keysOf(tenant, ids)) this.#known.set(key, 'dropped');
    const keys = sampled.flatMap(([tenant, ids]) => keysOf(tenant, ids));
    for (const key of keys) this.#known.set(key, 'sampled');
    if (keys.length > 0) groups.set(group, keys);
  }
}

const NOTHING: InMemory = { release: () => {} };

function newGroup(): DecisionGroup {
  return { sampled: new Map(), dropped: new Map(), sampledIn: [], droppedIn: [] };
}

function keyOf(tenant: string, id0: number, id1: number, id2: number, id3: number): string {
  return `${id0},${id1},${id2},${id3},${tenant}`;
}

function keysOf(tenant: string, ids: readonly number[]): string[] {
  const keys: string[] = [];
  for (let at = 0; at + 3 < ids.length; at += 4) {
    keys.push(keyOf(tenant, ids[at] ?? 0, ids[at + 1] ?? 0, ids[at + 2] ?? 0, ids[at + 3] ?? 0));
  }
  return keys;
}
