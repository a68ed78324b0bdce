import { findField, payloadEnd, payloadStart } from '../wire/find.ts';
import { Splices } from './splices.ts';

/**
 * Where the walk over a request stands: byte ranges of the item and of what it belongs to. All are contents of
 * messages, without tag and length; one that is missing is empty. The walk moves one cursor along, so nobody keeps it.
 */
export class ItemCursor {
  /** The whole request; all offsets are into it. */
  readonly bytes: Uint8Array;
  /** The item: a span, log record, data point or profile. */
  start = 0;
  end = 0;
  /** The `Resource`. */
  resourceStart = 0;
  resourceEnd = 0;
  /** The message around it, such as `ResourceSpans`, which also holds its schema URL. */
  resourceGroupStart = 0;
  resourceGroupEnd = 0;
  /** The `InstrumentationScope`. */
  scopeStart = 0;
  scopeEnd = 0;
  /** The message around it, such as `ScopeSpans`, which also holds its schema URL. */
  scopeGroupStart = 0;
  scopeGroupEnd = 0;
  /** Only of metrics: the `Metric`. */
  metricStart = 0;
  metricEnd = 0;
  /** Only of metrics: its data, such as a `Sum`, and the number of the field of `Metric` that holds it. */
  dataStart = 0;
  dataEnd = 0;
  dataField = 0;
  /**
   * Only in the `item` hook of `rewriteItems`: takes changes within `[start, end)`, which count when the hook answers
   * `'keep'`.
   */
  readonly splices = new Splices();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
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

/** Number of the field that holds the resource in its group, and the scope in its. */
export const OWNER_FIELD = 1;
