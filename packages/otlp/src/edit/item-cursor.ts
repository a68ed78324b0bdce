import { findField, payloadEnd, payloadStart } from '../wire/find.ts';
import { viewOf } from './copy-run.ts';
import { Splices } from './splices.ts';

/**
 * The position of a walk over a request: the byte ranges of the item and of the messages that contain it. All ranges
 * cover message contents, without tag and length. A missing message has an empty range. The walk reuses one cursor, so
 * callbacks must not retain it.
 */
export class ItemCursor {
  /** The complete request, to which all offsets refer. */
  readonly bytes: Uint8Array;
  /** Start of the item: a span, log record, data point or profile. */
  start = 0;
  end = 0;
  /** The `Resource`. */
  resourceStart = 0;
  resourceEnd = 0;
  /** Start of the message that contains the resource and its schema URL, such as `ResourceSpans`. */
  resourceGroupStart = 0;
  resourceGroupEnd = 0;
  /** The `InstrumentationScope`. */
  scopeStart = 0;
  scopeEnd = 0;
  /** Start of the message that contains the scope and its schema URL, such as `ScopeSpans`. */
  scopeGroupStart = 0;
  scopeGroupEnd = 0;
  /** The `Metric` (metrics only). */
  metricStart = 0;
  metricEnd = 0;
  /** The metric's data, such as a `Sum`, and the number of the `Metric` field that contains it (metrics only). */
  dataStart = 0;
  dataEnd = 0;
  dataField = 0;
  /**
   * Changes within `[start, end)`, only for the `item` hook of `rewriteItems`. Applied when the hook returns `'keep'`.
   */
  readonly splices: Splices;

  #view: DataView | undefined;

  constructor(bytes: Uint8Array, splices: Splices = new Splices()) {
    this.bytes = bytes;
    this.splices = splices;
  }

  /** A view of `bytes`, for reading words. */
  get view(): DataView {
    this.#view ??= viewOf(this.bytes);
    return this.#view;
  }

  enterResource(start: number, end: number): void {
    this.resourceGroupStart = start;
    this.resourceGroupEnd = end;
    const value = findField(this.bytes, start, end, OWNER_FIELD);
    this.resourceStart = value < 0 ? start : payloadStart(this.bytes, value);
    this.resourceEnd = value < 0 ? start : payloadEnd(this.bytes, value);
  }

  enterScope(start: number, end: number): void {
    this.scopeGroupStart = start;
    this.scopeGroupEnd = end;
    const value = findField(this.bytes, start, end, OWNER_FIELD);
    this.scopeStart = value < 0 ? start : payloadStart(this.bytes, value);
    this.scopeEnd = value < 0 ? start : payloadEnd(this.bytes, value);
  }

  enterMetric(start: number, end: number): void {
    this.metricStart = start;
    this.metricEnd = end;
  }

  enterData(start: number, end: number, field: number): void {
    this.dataStart = start;
    this.dataEnd = end;
    this.dataField = field;
  }
}

/** Number of the field that contains the resource or scope in its group message. */
export const OWNER_FIELD = 1;
