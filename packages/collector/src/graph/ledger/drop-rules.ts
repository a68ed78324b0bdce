import {
  findField,
  type ItemCursor,
  payloadEnd,
  payloadStart,
  SIGNALS,
  type Signal,
  TrustedReader,
} from '@otelier/otlp';
import type { DropRule, DropRuleOptions } from '../../component/contract.ts';
import type { DropSample } from './drop-sample.ts';
import type { ItemPlace } from './item-note.ts';

/** What the sample of dropped traces says about a rule. */
export interface RuleIdentity extends DropRuleOptions {
  readonly nodeId: string;
  readonly component: string;
  readonly kind: string;
  /** The place of the rule in the configuration: `otelier.yaml:12:9: processors.filter.traces.span[0]`. */
  readonly place: string | undefined;
  /** The last message of this rule, such as the response of a destination. */
  message: string | undefined;
}

const TRACE_ID_BYTES = 16;
/** Number of the field with the `Resource` in the groups of all signals. */
const RESOURCE_FIELD = 1;
const NO_BYTES = new Uint8Array();

/** Number of items after which a rule that drops too many checks again whether it may record them. */
const UNRECORDED_ITEMS = 1024;

/** A rule of a node. It counts items of the current batch until the component reports how many it dropped. */
export class NodeRule implements DropRule {
  /** Number of items of the current batch. */
  pendingItems = 0;
  readonly identity: RuleIdentity;
  readonly #sample: DropSample<RuleIdentity>;
  /** Whether a group of items was dropped from the current batch. */
  hasGroup = false;
  /** Number of items that are not read, because the rule has recorded enough in this second. */
  #unrecordedItems = 0;
  readonly #number: number;
  readonly #signal: Signal | undefined;
  readonly #field: number | undefined;
  /** The item that is being recorded. */
  readonly #place: ItemPlace = { bytes: NO_BYTES, start: 0, end: 0, resourceStart: 0, resourceEnd: 0 };

  constructor(identity: RuleIdentity, sample: DropSample<RuleIdentity>, signal: Signal | undefined) {
    this.identity = identity;
    this.#sample = sample;
    const { nodeId, reason, rule = '' } = identity;
    this.#number = sample.addRule(`${nodeId} ${reason} ${rule}`, identity);
    this.#signal = signal;
    this.#field = signal && SIGNALS[signal].traceIdField;
  }

  item(cursor: ItemCursor): void {
    this.pendingItems += 1;
    if (this.#field === undefined) return;
    if (this.#unrecordedItems > 0) {
      this.#unrecordedItems -= 1;
      return;
    }
    this.#place.resourceStart = cursor.resourceStart;
    this.#place.resourceEnd = cursor.resourceEnd;
    if (!this.#record(cursor.bytes, cursor.start, cursor.end, this.#field)) {
      this.#unrecordedItems = UNRECORDED_ITEMS;
      this.#sample.skip(UNRECORDED_ITEMS);
    }
  }

  group(cursor: ItemCursor, kind: 'resource' | 'scope' | 'metric'): void {
    this.hasGroup = true;
    const { bytes, resourceGroupStart, resourceGroupEnd, scopeGroupStart, scopeGroupEnd } = cursor;
    if (kind === 'resource') this.#resource(bytes, resourceGroupStart, resourceGroupEnd);
    else if (kind === 'scope') {
      this.#place.resourceStart = cursor.resourceStart;
      this.#place.resourceEnd = cursor.resourceEnd;
      this.#scope(bytes, scopeGroupStart, scopeGroupEnd);
    }
  }

  trace(id0: number, id1: number, id2: number, id3: number): void {
    this.#sample.add(this.#number, id0, id1, id2, id3);
  }

  parts(parts: readonly Uint8Array[], message?: string): void {
    if (message !== undefined) this.identity.message = message;
    if (this.#field === undefined || this.#signal === undefined) return;
    const { resourceField } = SIGNALS[this.#signal];
    for (const part of parts) {
      // Reading a batch costs time, also when nothing can be recorded.
      if (this.#sample.isExhausted(this.#number)) return;
      const resources = new TrustedReader(part);
      while (resources.next()) {
        if (resources.field === resourceField) this.#resource(part, resources.valueStart, resources.end);
      }
    }
  }

  #resource(bytes: Uint8Array, start: number, end: number): void {
    if (this.#field === undefined || this.#signal === undefined) return;
    const { scopeField } = SIGNALS[this.#signal];
    const resource = findField(bytes, start, end, RESOURCE_FIELD);
    this.#place.resourceStart = resource < 0 ? 0 : payloadStart(bytes, resource);
    this.#place.resourceEnd = resource < 0 ? 0 : payloadEnd(bytes, resource);
    const scopes = new TrustedReader(bytes, start, end);
    while (scopes.next()) if (scopes.field === scopeField) this.#scope(bytes, scopes.valueStart, scopes.end);
  }

  #scope(bytes: Uint8Array, start: number, end: number): void {
    if (this.#field === undefined || this.#signal === undefined) return;
    const { itemField } = SIGNALS[this.#signal];
    const items = new TrustedReader(bytes, start, end);
    while (items.next()) if (items.field === itemField) this.#record(bytes, items.valueStart, items.end, this.#field);
  }

  /** Records the trace of an item. Returns `false` if the rule has recorded enough in this second. */
  #record(bytes: Uint8Array, start: number, end: number, field: number): boolean {
    const value = findField(bytes, start, end, field);
    if (value < 0) return true;
    const at = payloadStart(bytes, value);
    if (payloadEnd(bytes, value) - at !== TRACE_ID_BYTES) return true;
    const place = this.#place;
    place.bytes = bytes;
    place.start = start;
    place.end = end;
    const isRecorded = this.#sample.add(
      this.#number,
      int32At(bytes, at),
      int32At(bytes, at + 4),
      int32At(bytes, at + 8),
      int32At(bytes, at + 12),
      this.#signal,
      place,
    );
    // The memory of the batch must not stay with the rule.
    place.bytes = NO_BYTES;
    return isRecorded;
  }
}

/** Returns four bytes as a signed integer, in the order of a little-endian `DataView`. */
function int32At(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

/** Returns the integers of a trace ID in hexadecimal. */
export function intsOf(traceId: string): readonly [number, number, number, number] {
  const bytes = Uint8Array.from({ length: TRACE_ID_BYTES }, (_, index) =>
    Number.parseInt(traceId.slice(2 * index, 2 * index + 2), 16),
  );
  return [int32At(bytes, 0), int32At(bytes, 4), int32At(bytes, 8), int32At(bytes, 12)];
}
