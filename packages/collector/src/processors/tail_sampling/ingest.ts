import { findField, payloadEnd, payloadStart, readVarint, SPAN_FIELDS, skipValue, TrustedReader } from '@otelier/otlp';
import type { SpanPlace } from './output.ts';
import type { TraceDropRule } from './policies/trace-drops.ts';
import { Decision } from './policy.ts';
import type { Sampler } from './sampler.ts';
import type { Slab } from './span-store.ts';
import type { KnownDecision } from './trace-log.ts';

/** Options for `SpanIngest`. */
export interface IngestOptions {
  readonly maxTraces: number;
  /** Whether the oldest trace is removed for a new one once `maxTraces` is reached. */
  readonly evicts: boolean;
  /** Ticks after the root span at which a trace is due, or -1. */
  readonly rootTicks: number;
  /** Whether the spans of each resource are evaluated on arrival. */
  readonly evaluates: boolean;
  /** Whether the size of traces is limited. */
  readonly limitsSize: boolean;
  /** Counts the spans of traces that were decided before and are not sampled. */
  readonly late: TraceDropRule;
  /** Counts spans that an earlier process has already forwarded. */
  readonly delivered: (spanCount: number) => void;
  /** Returns what an earlier process decided about a trace that is not in memory. */
  readonly knownDecision?: (
    ids: readonly [number, number, number, number],
    tenant: number,
  ) => KnownDecision | undefined;
}

/** Values that take the place of a trace index for spans of decided traces. */
const FORWARDED = -2;
const DROPPED = -3;
/** The spans were forwarded by an earlier process. */
const DELIVERED = -4;

const KNOWN_TARGETS = { sampled: FORWARDED, dropped: DROPPED, delivered: DELIVERED } as const;

/** Reads the spans in requests and adds them to their traces. */
export class SpanIngest {
  readonly #sampler: Sampler;
  readonly #options: IngestOptions;
  readonly #groups: boolean;
  #part: Uint8Array = new Uint8Array();
  #view: DataView = new DataView(new ArrayBuffer(0));
  #tenant = 0;
  /** The copy of the part, if any of its spans are stored. */
  #slab: Slab | undefined;
  #offset = 0;
  /** The current resource and scope. */
  readonly #place: Mutable<SpanPlace> = {
    resourceGroupStart: 0,
    resourceGroupEnd: 0,
    scopeGroupStart: 0,
    scopeGroupEnd: 0,
  };
  #runContext = -1;
  /** The previous span's trace ID, and the target of that trace's spans. */
  #id0 = 0;
  #id1 = 0;
  #id2 = 0;
  #id3 = 0;
  #hasTarget = false;
  #target = DROPPED;
  #cachedPolicy: number | undefined;
  #droppedSpans = 0;
  #deliveredSpans = 0;
  #forwardedSpans = 0;
  /** The traces with spans in the current resource, each with its first run there. */
  readonly #touched = new Map<number, number>();

  constructor(sampler: Sampler, options: IngestOptions) {
    this.#sampler = sampler;
    this.#options = options;
    this.#groups = options.evaluates || options.limitsSize;
  }

  /** Adds the spans in a part. Spans of sampled traces go to the sampler's output. */
  take(part: Uint8Array, tenant: number): void {
    this.#part = part;
    this.#view = new DataView(part.buffer, part.byteOffset, part.length);
    this.#tenant = tenant;
    this.#slab = undefined;
    const place = this.#place;
    const resources = new TrustedReader(part);
    while (resources.next()) {
      if (resources.field !== RESOURCE_FIELD) continue;
      place.resourceGroupStart = resources.valueStart;
      place.resourceGroupEnd = resources.end;
      const scopes = new TrustedReader(part, resources.valueStart, resources.end);
      while (scopes.next()) {
        if (scopes.field !== SCOPE_FIELD) continue;
        place.scopeGroupStart = scopes.valueStart;
        place.scopeGroupEnd = scopes.end;
        this.#runContext = -1;
        this.#takeSpans(scopes.valueStart, scopes.end);
      }
      this.#endResource();
    }
    this.#reportDropped();
    if (this.#deliveredSpans > 0) this.#options.delivered(this.#deliveredSpans);
    this.#deliveredSpans = 0;
    if (this.#forwardedSpans > 0) {
      this.#sampler.output.count(this.#forwardedSpans);
      // Do not retain the part's bytes.
      this.#sampler.output.flush();
    }
    this.#forwardedSpans = 0;
  }

  #takeSpans(start: number, end: number): void {
    const part = this.#part;
    // The previous span's trace may have been decided in the meantime.
    this.#hasTarget = false;
    for (let pos = start; pos < end; ) {
      const tagStart = pos;
      const tag = part[pos] < 128 ? part[pos] : readVarint(part, pos);
      if (tag !== SPAN_TAG) {
        pos = skipField(part, pos, tag);
        continue;
      }
      const spanStart = payloadStart(part, pos + 1);
      pos = payloadEnd(part, pos + 1);
      this.#selectTrace(idOffset(part, spanStart, pos));
      const target = this.#target;
      if (target >= 0) this.#keep(target, tagStart, spanStart, pos);
      else if (target === DROPPED) this.#droppedSpans += 1;
      else if (target === FORWARDED) this.#forward(tagStart, pos);
      else this.#deliveredSpans += 1;
    }
  }

  /** Finds a span's trace by the offset of its ID, or of an all-zero ID. */
  #selectTrace(id: number): void {
    const view = this.#view;
    const id0 = id < 0 ? 0 : view.getInt32(id, true);
    const id1 = id < 0 ? 0 : view.getInt32(id + 4, true);
    const id2 = id < 0 ? 0 : view.getInt32(id + 8, true);
    const id3 = id < 0 ? 0 : view.getInt32(id + 12, true);
    const isSame = id3 === this.#id3 && id2 === this.#id2 && id1 === this.#id1 && id0 === this.#id0;
    if (isSame && this.#hasTarget) return;
    this.#reportDropped();
    this.#id0 = id0;
    this.#id1 = id1;
    this.#id2 = id2;
    this.#id3 = id3;
    this.#target = this.#targetOf(id0, id1, id2, id3);
    this.#hasTarget = true;
  }

  /** Counts the dropped spans of the current trace. */
  #reportDropped(): void {
    if (this.#droppedSpans === 0) return;
    this.#options.late.drop(this.#droppedSpans, this.#id0, this.#id1, this.#id2, this.#id3);
    this.#droppedSpans = 0;
  }

  /**
   * Returns the index of a pending trace or, if the trace has already been decided, the decision that applies to its
   * spans.
   */
  #targetOf(id0: number, id1: number, id2: number, id3: number): number {
    const sampler = this.#sampler;
    const { traces } = sampler;
    const tenant = this.#tenant;
    const index = traces.table.find(id0, id1, id2, id3, tenant);
    // A trace is in only one of these places, so the order does not matter.
    if (index >= 0) {
      this.#cachedPolicy = undefined;
      const decision = traces.decisions[index];
      if (decision === Decision.pending) return index;
      return decision === Decision.sampled ? FORWARDED : DROPPED;
    }
    const sampledBy = sampler.sampledCache?.get(id0, id1, id2, id3, tenant);
    if (sampledBy !== undefined) {
      this.#cachedPolicy = sampledBy;
      return FORWARDED;
    }
    if (sampler.nonSampledCache?.get(id0, id1, id2, id3, tenant) !== undefined) return DROPPED;
    const { maxTraces, evicts, knownDecision } = this.#options;
    const known = knownDecision?.([id0, id1, id2, id3], tenant);
    this.#cachedPolicy = undefined;
    if (known !== undefined) return KNOWN_TARGETS[known];
    if (evicts && traces.count >= maxTraces) this.#touched.delete(sampler.evictOldest());
    return sampler.add(id0, id1, id2, id3, tenant);
  }

  #keep(index: number, tagStart: number, spanStart: number, end: number): void {
    const { traces, store } = this.#sampler;
    traces.spanCounts[index] += 1;
    traces.pendingSpans += 1;
    const { rootTicks } = this.#options;
    if (rootTicks >= 0 && isRoot(this.#part, spanStart, end)) traces.wheel.hasten(index, rootTicks);
    if (traces.rejected[index] === 1 && !this.#groups) return;
    const slab = this.#slab ?? this.#copy();
    if (this.#runContext < 0) this.#runContext = this.#addContext(slab);
    const offset = this.#offset;
    const last = traces.lastRuns[index];
    if (last >= 0 && store.ends[last] === offset + tagStart && store.runContexts[last] === this.#runContext) {
      store.ends[last] = offset + end;
      return;
    }
    const run = store.addRun(slab, this.#runContext, offset + tagStart, offset + end);
    traces.append(index, run, store.next);
    if (this.#groups && !this.#touched.has(index)) this.#touched.set(index, run);
  }

  #copy(): Slab {
    const { slab, offset } = this.#sampler.store.copy(this.#part);
    this.#slab = slab;
    this.#offset = offset;
    return slab;
  }

  #addContext(slab: Slab): number {
    const { resourceGroupStart, resourceGroupEnd, scopeGroupStart, scopeGroupEnd } = this.#place;
    const offset = this.#offset;
    return this.#sampler.store.addContext(
      slab,
      offset + resourceGroupStart,
      offset + resourceGroupEnd,
      offset + scopeGroupStart,
      offset + scopeGroupEnd,
    );
  }

  #forward(tagStart: number, end: number): void {
    const { output } = this.#sampler;
    const recorded = this.#cachedPolicy === undefined ? undefined : this.#sampler.recordedFromCache(this.#cachedPolicy);
    output.add(this.#part, this.#place, tagStart, end, this.#tenant, recorded);
    this.#forwardedSpans += 1;
  }

  /** Evaluates the traces in a resource based on their spans in it. */
  #endResource(): void {
    if (this.#touched.size === 0) return;
    const { evaluates, limitsSize } = this.#options;
    const { decisions } = this.#sampler.traces;
    for (const [index, firstRun] of this.#touched) {
      if (decisions[index] !== Decision.pending) continue;
      if (limitsSize && this.#sampler.dropsTooLarge(index, firstRun)) continue;
      if (evaluates) this.#sampler.decideAtIngest(index, firstRun);
    }
    this.#touched.clear();
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Fields of `TracesData` and `ResourceSpans`, and the tag of a span within its scope. */
const RESOURCE_FIELD = 1;
const SCOPE_FIELD = 2;
const SPAN_TAG = 2 * 8 + 2;

function skipField(bytes: Uint8Array, start: number, tag: number): number {
  let pos = start;
  while (bytes[pos] > 127) pos++;
  return skipValue(bytes, pos + 1, tag);
}

/** Returns the offset of a span's 16-byte trace ID, or -1 if it has none. */
function idOffset(bytes: Uint8Array, start: number, end: number): number {
  // Almost all spans start with their trace ID.
  if (bytes[start] === ID_TAG && bytes[start + 1] === ID_BYTES && end - start > ID_BYTES) return start + 2;
  const value = findField(bytes, start, end, SPAN_FIELDS.traceId);
  return value < 0 || bytes[value] !== ID_BYTES ? -1 : value + 1;
}

const ID_TAG = SPAN_FIELDS.traceId * 8 + 2;
const ID_BYTES = 16;

/** Reports whether a span has no parent. */
function isRoot(bytes: Uint8Array, start: number, end: number): boolean {
  const value = findField(bytes, start, end, SPAN_FIELDS.parentSpanId);
  if (value < 0) return true;
  const to = payloadEnd(bytes, value);
  for (let pos = payloadStart(bytes, value); pos < to; pos++) if (bytes[pos] !== 0) return false;
  return true;
}
