import type { Signal } from '../signals.ts';
import { afterVarint, skipValue, TrustedReader } from '../wire/find.ts';
import { readVarint } from '../wire/reader.ts';
import { WireWriter } from '../wire/writer.ts';
import { enter } from './for-each-item.ts';
import { ItemCursor, OWNER_FIELD } from './item-cursor.ts';
import { countBelow, LEVELS, type Level, leadsDown } from './levels.ts';
import { Splices } from './splices.ts';

/** Whether to keep a message, drop it, or replace its contents (without tag and length). */
export type Decision = 'keep' | 'drop' | Uint8Array;

/**
 * Callbacks that decide about the messages in a request. They are called in byte order, outer messages before inner
 * ones. A hook may read the cursor ranges at or above its own level and must not retain the cursor. `context` is the
 * value passed to `rewriteItems`.
 */
export interface RewriteHooks<Context = undefined> {
  /** Called before the walk. Returns the request to walk over: the same array or a changed, normalized one. */
  readonly begin?: (request: Uint8Array, context: Context) => Uint8Array;
  /** `'drop'` removes the resource with all its items. Bytes replace its `Resource` message. */
  readonly resource?: (cursor: ItemCursor, context: Context) => Decision;
  /** `'drop'` removes the scope with all its items. Bytes replace its `InstrumentationScope` message. */
  readonly scope?: (cursor: ItemCursor, context: Context) => Decision;
  /**
   * Metrics only. `'drop'` removes the metric with its points. Bytes replace it, and `item` is not called for its
   * points.
   */
  readonly metric?: (cursor: ItemCursor, context: Context) => Decision;
  /** A span, log record, data point or profile. `'keep'` applies the changes recorded in `cursor.splices`. */
  readonly item?: (cursor: ItemCursor, context: Context) => Decision;
  /**
   * Called after the contents of a message that remains, unless its own hook replaced it. It may record changes to the
   * message's own fields in `cursor.splices`, and append items. Returns the number of items it appended.
   */
  readonly leave?: (kind: GroupKind, cursor: ItemCursor, context: Context) => number;
  /** Called after the walk if anything is left. Returns the rewritten request or a changed one with the same items. */
  readonly end?: (request: Uint8Array, context: Context) => Uint8Array;
}

/** A message that contains items, directly or indirectly. */
export type GroupKind = Exclude<Level['kind'], 'item'>;

/** The result of rewriting a request. */
export interface RewrittenRequest {
  /** The original array if nothing changed; `undefined` if nothing is left. */
  readonly bytes: Uint8Array | undefined;
  /** Number of items in `bytes`. */
  readonly kept: number;
  /** Number of items that were dropped. */
  readonly dropped: number;
  readonly changed: boolean;
}

/**
 * Rewrites a normalized request by splicing: unchanged bytes are copied in runs, in a single pass at the end, and the
 * enclosing lengths are recomputed once. Scopes, resources and metrics are removed along with their last item; those
 * that were already empty remain.
 */
export function rewriteItems(signal: Signal, request: Uint8Array, hooks: RewriteHooks): RewrittenRequest;
export function rewriteItems<Context>(
  signal: Signal,
  request: Uint8Array,
  hooks: RewriteHooks<Context>,
  context: Context,
): RewrittenRequest;
export function rewriteItems<Context>(
  signal: Signal,
  request: Uint8Array,
  hooks: RewriteHooks<Context>,
  context?: Context,
): RewrittenRequest {
  const begun = hooks.begin === undefined ? request : hooks.begin(request, context as Context);
  const result = new Rewriting(LEVELS[signal], begun, hooks, context as Context).run();
  if (result.bytes === undefined) return result;
  const bytes = hooks.end === undefined ? result.bytes : hooks.end(result.bytes, context as Context);
  return bytes === result.bytes && begun === request ? result : { ...result, bytes, changed: true };
}

class Rewriting<Context> {
  readonly #levels: readonly Level[];
  readonly #request: Uint8Array;
  readonly #hooks: RewriteHooks<Context>;
  readonly #context: Context;
  readonly #cursor: ItemCursor;
  readonly #splices: Splices;
  /** The new resource or scope of the current group, by depth, until its position is reached. */
  readonly #owners: (Uint8Array | undefined)[] = [];
  #kept = 0;
  #dropped = 0;

  constructor(levels: readonly Level[], request: Uint8Array, hooks: RewriteHooks<Context>, context: Context) {
    this.#levels = levels;
    this.#request = request;
    this.#hooks = hooks;
    this.#context = context;
    this.#splices = spare ?? new Splices();
    spare = undefined;
    this.#cursor = new ItemCursor(request, this.#splices);
  }

  run(): RewrittenRequest {
    const remains = this.#children(0, 0, this.#request.length);
    const changed = !this.#splices.isEmpty;
    const bytes = changed ? (remains ? this.#splices.apply(this.#request) : undefined) : this.#request;
    this.#splices.clear();
    spare = this.#splices;
    return { bytes, kept: this.#kept, dropped: this.#dropped, changed };
  }

  /**
   * Rewrites the contents of the message `[start, end)`, `depth` levels below the request, and reports whether any of
   * it remains.
   */
  #children(depth: number, start: number, end: number): boolean {
    const level = this.#levels[depth] as Level;
    if (level.kind === 'item') return this.#items(level, depth, start, end);
    const reader = new TrustedReader(this.#request, start, end);
    let remains = false;
    while (reader.next()) {
      if (!leadsDown(level, reader.field)) {
        if (reader.field === OWNER_FIELD) this.#replaceOwner(depth, reader.lengthStart, reader.end);
        continue;
      }
      enter(this.#cursor, level.kind, reader);
      if (this.#group(level.kind, depth, reader)) remains = true;
    }
    return remains;
  }

  /** Like `#children`, but for the level of the items. The loop is specialized because requests have many items. */
  #items(level: Level, depth: number, start: number, end: number): boolean {
    const bytes = this.#request;
    const cursor = this.#cursor;
    const { item } = this.#hooks;
    let remains = false;
    let pos = start;
    while (pos < end) {
      const fieldStart = pos;
      let tag = bytes[pos++];
      if (tag > 127) {
        tag = readVarint(bytes, fieldStart);
        pos = afterVarint(bytes, fieldStart);
      }
      const lengthStart = pos;
      if (!leadsDown(level, tag >>> 3)) {
        pos = skipValue(bytes, pos, tag);
        if (tag >>> 3 === OWNER_FIELD) this.#replaceOwner(depth, lengthStart, pos);
        continue;
      }
      let length = bytes[pos++];
      if (length > 127) {
        length = longLength(bytes, lengthStart);
        pos = afterLongLength(bytes, lengthStart);
      }
      cursor.start = pos;
      cursor.end = pos + length;
      if (item === undefined) this.#kept++;
      if (item === undefined || this.#decide(item, fieldStart, lengthStart) !== 'drop') remains = true;
      pos += length;
    }
    return remains;
  }

  #decide(item: NonNullable<RewriteHooks<Context>['item']>, fieldStart: number, lengthStart: number): Decision {
    const cursor = this.#cursor;
    const splices = this.#splices;
    const { start, end } = cursor;
    splices.beginItem();
    const decision = item(cursor, this.#context);
    if (decision === 'keep') {
      splices.endItem(lengthStart, start, end);
    } else {
      splices.discardItem();
      if (decision === 'drop') {
        splices.remove(fieldStart, end);
        this.#dropped++;
        return decision;
      }
      splices.replaceValue(lengthStart, end, decision);
    }
    this.#kept++;
    return decision;
  }

  #group(kind: GroupKind, depth: number, reader: TrustedReader): boolean {
    const { start, lengthStart, valueStart, end } = reader;
    const decision = kind === 'data' ? 'keep' : (this.#hooks[kind]?.(this.#cursor, this.#context) ?? 'keep');
    if (decision === 'drop') {
      this.#dropped += countBelow(this.#levels, depth + 1, this.#request, valueStart, end);
      this.#splices.remove(start, end);
      return false;
    }
    if (kind === 'metric' && decision !== 'keep') return this.#replaceMetric(depth, lengthStart, end, decision);
    const droppedBefore = this.#dropped;
    this.#splices.open(lengthStart);
    if (decision !== 'keep') this.#setOwner(kind, depth, decision);
    const remains = this.#children(depth + 1, valueStart, end);
    if (!remains && this.#dropped > droppedBefore) {
      this.#splices.abandon();
      this.#splices.remove(start, end);
      return false;
    }
    if (this.#hooks.leave !== undefined) this.#kept += this.#hooks.leave(kind, this.#cursor, this.#context);
    this.#splices.close(valueStart, end);
    return true;
  }

  #replaceMetric(depth: number, lengthStart: number, end: number, metric: Uint8Array): boolean {
    this.#splices.replaceValue(lengthStart, end, metric);
    const before = countBelow(this.#levels, depth + 1, this.#request, this.#cursor.metricStart, this.#cursor.metricEnd);
    const after = countBelow(this.#levels, depth + 1, metric, 0, metric.length);
    this.#kept += after;
    this.#dropped += Math.max(0, before - after);
    return true;
  }

  /**
   * Replaces a resource or scope. A missing one is inserted at the start of its group; an existing one keeps its
   * position.
   */
  #setOwner(kind: GroupKind, depth: number, owner: Uint8Array): void {
    const { resourceGroupStart, resourceStart, scopeGroupStart, scopeStart } = this.#cursor;
    const groupStart = kind === 'resource' ? resourceGroupStart : scopeGroupStart;
    const ownerStart = kind === 'resource' ? resourceStart : scopeStart;
    if (ownerStart === groupStart) {
      writer.bytesField(OWNER_FIELD, owner);
      this.#splices.insert(groupStart, writer.finish());
    } else {
      this.#owners[depth + 1] = owner;
    }
  }

  #replaceOwner(depth: number, lengthStart: number, end: number): void {
    const owner = this.#owners[depth];
    if (owner === undefined) return;
    this.#owners[depth] = undefined;
    this.#splices.replaceValue(lengthStart, end, owner);
  }
}

/** Reads a length of several bytes. Most items have two. */
function longLength(bytes: Uint8Array, start: number): number {
  const second = bytes[start + 1];
  return second < 128 ? (bytes[start] & 127) | (second << 7) : readVarint(bytes, start);
}

function afterLongLength(bytes: Uint8Array, start: number): number {
  return bytes[start + 1] < 128 ? start + 2 : afterVarint(bytes, start);
}

const writer = new WireWriter(256);

/** The changes of the last walk, emptied: their memory is used by the next one. Walks can be nested. */
let spare: Splices | undefined;
