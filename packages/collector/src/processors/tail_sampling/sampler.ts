import type { SignalContext } from '../../component/contract.ts';
import type { TailSamplingConfig } from './config.ts';
import { Decider, type DecisionObserver } from './decider.ts';
import { Output } from './output.ts';
import type { TraceDropRule, TraceDrops } from './policies/trace-drops.ts';
import { Decision, type NamedPolicy } from './policy.ts';
import type { RecordedPolicy } from './recorded-policy.ts';
import { SpanStore } from './span-store.ts';
import { DecisionCache } from './tables/decision-cache.ts';
import { TraceView } from './trace-view.ts';
import { Traces } from './traces.ts';

/** Is told which traces are added and decided. */
export interface TraceObserver {
  added(index: number): void;
  /** Called before the spans of a sampled trace are sent. */
  decided(index: number, isSampled: boolean): void;
}

/** The traces in memory with their spans, and the decisions about them. */
export class Sampler {
  readonly traces: Traces;
  readonly store: SpanStore = new SpanStore();
  readonly output: Output;
  readonly sampledCache: DecisionCache | undefined;
  readonly nonSampledCache: DecisionCache | undefined;
  observer: TraceObserver | undefined;
  readonly #drops: TraceDrops;
  readonly #decider: Decider;
  readonly #view: TraceView;
  readonly #recordsPolicy: boolean;
  readonly #limitBytes: number;
  readonly #isIngest: boolean;
  /** The attributes recorded in sampled spans, by policy. */
  readonly #recorded: readonly RecordedPolicy[];
  readonly #recordedFromCache: readonly RecordedPolicy[];

  constructor(
    config: TailSamplingConfig,
    policies: readonly NamedPolicy[],
    context: Pick<SignalContext, 'random' | 'instanceCount'>,
    drops: TraceDrops,
    send: (request: Uint8Array, itemCount: number, tenant: number) => void,
    observer: DecisionObserver | undefined,
  ) {
    const { decisionWait, decisionCache, sampleOnFirstMatch, recordPolicy, maximumTraceSizeBytes } = config;
    this.#drops = drops;
    this.#recordsPolicy = recordPolicy;
    this.#limitBytes = maximumTraceSizeBytes;
    this.#isIngest = config.samplingStrategy === 'span-ingest';
    this.traces = new Traces(Math.max(1, Math.trunc(decisionWait / 1000)), context.random);
    this.output = new Output(send);
    const { sampledCacheSize, nonSampledCacheSize } = decisionCache;
    const cacheOf = (size: number) =>
      size > 0 ? new DecisionCache(Math.max(1, Math.trunc(size / context.instanceCount)), context.random) : undefined;
    this.sampledCache = cacheOf(sampledCacheSize);
    this.nonSampledCache = cacheOf(nonSampledCacheSize);
    this.#decider = new Decider(policies, { sampleOnFirstMatch, needsPolicy: recordPolicy, observer });
    this.#view = new TraceView(this.store);
    const recordedOf = (isCached: boolean) =>
      policies.map(({ name }): RecordedPolicy => ({ policy: name, compositePolicy: undefined, isCached }));
    this.#recorded = recordedOf(false);
    this.#recordedFromCache = recordedOf(true);
  }

  /** Memory usage in bytes. */
  get sizeBytes(): number {
    const caches = (this.sampledCache?.sizeBytes ?? 0) + (this.nonSampledCache?.sizeBytes ?? 0);
    return this.traces.sizeBytes + this.store.sizeBytes + caches;
  }

  /** Returns the tenants that have traces or cached decisions in memory. */
  tenantsInUse(): ReadonlySet<number> {
    const tenants = new Set<number>();
    this.traces.table.collectTenants(tenants);
    this.sampledCache?.collectTenants(tenants);
    this.nonSampledCache?.collectTenants(tenants);
    return tenants;
  }

  /** Adds a trace. Its ID may already decide that it is not sampled. */
  add(id0: number, id1: number, id2: number, id3: number, tenant: number): number {
    const { traces } = this;
    const index = traces.add(id0, id1, id2, id3, tenant);
    if (!this.#isIngest && this.#decider.isRejectedById(this.#view.moveTo(traces.table.ids, index, -1, 0)))
      traces.rejected[index] = 1;
    this.observer?.added(index);
    return index;
  }

  /** Removes the oldest decided trace. Returns whether there was one. */
  evictDecided(): boolean {
    const { traces } = this;
    const index = traces.oldestDecided();
    if (index >= 0) traces.remove(index);
    return index >= 0;
  }

  /** Removes the oldest trace and returns its index. If it is undecided, its spans are lost. */
  evictOldest(): number {
    const { traces } = this;
    const index = traces.oldest;
    if (traces.decisions[index] === Decision.pending) {
      traces.wheel.remove(index);
      traces.pendingSpans -= traces.spanCounts[index];
      this.#drop(index, this.#drops.tooEarly);
      this.observer?.decided(index, false);
      this.#free(index);
    }
    traces.remove(index);
    return index;
  }

  /** Makes the decision for a trace whose waiting time is over. */
  decide(index: number): void {
    const { traces } = this;
    // A trace that is due and has not been decided by any request is not sampled.
    if (traces.rejected[index] === 1 || this.#isIngest) {
      this.#reject(index, Decision.notSampled, -1);
      // Without a cache, such a decision is not stored.
      if (this.#isIngest && this.nonSampledCache === undefined) traces.remove(index);
      return;
    }
    const view = this.#view.moveTo(traces.table.ids, index, traces.firstRuns[index], traces.spanCounts[index]);
    const decision = this.#decider.decide(view);
    this.#finish(index, decision);
  }

  /** Returns the spans of a pending trace as a request. */
  requestOf(index: number): Uint8Array {
    const { traces, store } = this;
    const { starts, ends, runContexts, next, contexts } = store;
    let request = new Uint8Array();
    const output = new Output((bytes) => {
      request = bytes as Uint8Array<ArrayBuffer>;
    }, Number.POSITIVE_INFINITY);
    for (let run = traces.firstRuns[index]; run >= 0; run = next[run]) {
      const context = contexts[runContexts[run]];
      output.add(context.slab.bytes, context, starts[run], ends[run], 0, undefined);
    }
    output.count(traces.spanCounts[index]);
    output.flush();
    return request;
  }

  /** Makes the decision for a trace based on its spans from a run onward, if a policy samples or drops it. */
  decideAtIngest(index: number, firstRun: number): void {
    const { traces } = this;
    const view = this.#view.moveTo(traces.table.ids, index, firstRun, traces.spanCounts[index]);
    const decision = this.#decider.decideAtIngest(view);
    if (decision === Decision.pending) return;
    traces.wheel.remove(index);
    this.#finish(index, decision);
  }

  /**
   * Adds the size of the spans from a run onward, and drops the trace if it becomes too large. Returns whether it was
   * dropped.
   */
  dropsTooLarge(index: number, firstRun: number): boolean {
    const { traces } = this;
    const view = this.#view.moveTo(traces.table.ids, index, firstRun, traces.spanCounts[index]);
    traces.sizesBytes[index] += view.encodedSizeBytes(false);
    if (traces.sizesBytes[index] <= this.#limitBytes) return false;
    traces.wheel.remove(index);
    this.#reject(index, Decision.notSampled, -1, this.#drops.tooLarge);
    return true;
  }

  /** Drops an undecided trace at shutdown. */
  discard(index: number): void {
    this.traces.pendingSpans -= this.traces.spanCounts[index];
    this.#drop(index, this.#drops.shutdown);
    this.#free(index);
    this.traces.remove(index);
  }

  /** Returns the attributes to record in spans that are sampled by the decision cache. */
  recordedFromCache(policy: number): RecordedPolicy | undefined {
    if (!this.#recordsPolicy) return undefined;
    return this.#recordedFromCache[policy] ?? CACHED;
  }

  #finish(index: number, decision: Decision): void {
    const { policy } = this.#decider;
    if (decision === Decision.sampled) this.#sample(index, policy);
    else this.#reject(index, decision, policy);
  }

  #sample(index: number, policy: number): void {
    const { traces, store, output } = this;
    const tenant = traces.table.tenantOf(index);
    const recorded = this.#recordedOf(policy);
    const { starts, ends, runContexts, next, contexts } = store;
    for (let run = traces.firstRuns[index]; run >= 0; run = next[run]) {
      const context = contexts[runContexts[run]];
      output.add(context.slab.bytes, context, starts[run], ends[run], tenant, recorded);
    }
    this.observer?.decided(index, true);
    traces.pendingSpans -= traces.spanCounts[index];
    output.count(traces.spanCounts[index]);
    traces.decisions[index] = Decision.sampled;
    this.#free(index);
    this.#remember(this.sampledCache, index, policy);
  }

  #reject(index: number, decision: Decision, policy: number, rule = this.#drops.ofPolicy(policy)): void {
    const { traces } = this;
    traces.pendingSpans -= traces.spanCounts[index];
    this.#drop(index, rule);
    this.observer?.decided(index, false);
    traces.decisions[index] = decision;
    this.#free(index);
    this.#remember(this.nonSampledCache, index, policy);
  }

  #drop(index: number, rule: TraceDropRule): void {
    const { table, spanCounts } = this.traces;
    const { ids } = table;
    const at = 4 * index;
    rule.drop(spanCounts[index], ids[at], ids[at + 1], ids[at + 2], ids[at + 3]);
  }

  #recordedOf(policy: number): RecordedPolicy | undefined {
    if (!this.#recordsPolicy) return undefined;
    const { compositePolicy } = this.#view;
    const recorded = this.#recorded[policy];
    return compositePolicy === undefined || recorded === undefined ? recorded : { ...recorded, compositePolicy };
  }

  /** Moves a decision into its cache, which then takes the place of the trace. */
  #remember(cache: DecisionCache | undefined, index: number, policy: number): void {
    if (cache === undefined) return;
    const { table } = this.traces;
    const at = 4 * index;
    const { ids } = table;
    cache.put(ids[at], ids[at + 1], ids[at + 2], ids[at + 3], table.tenantOf(index), policy);
    this.traces.remove(index);
  }

  #free(index: number): void {
    const { traces } = this;
    this.store.free(traces.firstRuns[index]);
    traces.firstRuns[index] = -1;
    traces.lastRuns[index] = -1;
  }
}

const CACHED: RecordedPolicy = { policy: undefined, compositePolicy: undefined, isCached: true };
