import { type BatchContext, ItemCursor, localContext, METRIC_FIELDS, payloadEnd, payloadStart } from '@otelier/otlp';
import type { ValueMap } from '../values/value.ts';
import { bytesField } from './encode.ts';
import { MessageRecord } from './message-record.ts';

/** Time and randomness, so that tests control them. */
export interface EvaluationContext {
  /** Milliseconds since 1970. */
  now(): number;
  /** A random number like `Math.random`. */
  random(): number;
}

/** The fields of `Metric` that contain its data. */
export const DATA_FIELDS: readonly number[] = [
  METRIC_FIELDS.gauge,
  METRIC_FIELDS.sum,
  METRIC_FIELDS.histogram,
  METRIC_FIELDS.exponentialHistogram,
  METRIC_FIELDS.summary,
];

/**
 * The telemetry to which statements apply: the item and the messages that contain it, as records. One subject is moved
 * from item to item. Records of resources, scopes and metrics keep their changes until the walk leaves them.
 */
export class Subject {
  cursor: ItemCursor = new ItemCursor(EMPTY);
  /** The span, log record or data point. */
  readonly item: MessageRecord = new MessageRecord();
  /** The span event. */
  readonly event: MessageRecord = new MessageRecord();
  /** Index of the event in its span. */
  eventIndex = 0;
  cache: ValueMap = new Map();
  /** The batch to which the telemetry belongs. */
  batch: BatchContext = localContext(0);
  /** Metrics that statements added to the scope, encoded as fields of the scope level. */
  readonly addedMetrics: Uint8Array[] = [];
  readonly environment: EvaluationContext;
  readonly #resource = new MessageRecord();
  readonly #resourceGroup = new MessageRecord();
  readonly #scope = new MessageRecord();
  readonly #scopeGroup = new MessageRecord();
  readonly #metric = new MessageRecord();
  readonly #data = new MessageRecord();
  #isDataInMetric = false;
  /** The `Metric` field that contains the data in the `data` record, or 0 without data. */
  #dataField = 0;

  constructor(environment: EvaluationContext) {
    this.environment = environment;
  }

  /** Moves the subject to the item of the cursor. */
  moveToItem(cursor: ItemCursor): this {
    this.cursor = cursor;
    this.#isDataInMetric = false;
    this.item.reset(cursor.bytes, cursor.start, cursor.end);
    return this;
  }

  /** Moves the subject to the resource, scope or metric of the cursor. The data of a metric are a part of it. */
  moveToGroup(cursor: ItemCursor): this {
    this.cursor = cursor;
    this.#isDataInMetric = true;
    this.#data.reset(EMPTY, -1, -1);
    return this;
  }

  /** Forgets the position of all records, before a walk over another request. */
  restart(): void {
    for (const record of [this.#resource, this.#resourceGroup, this.#scope, this.#scopeGroup, this.#metric, this.#data])
      record.reset(EMPTY, -1, -1);
    this.addedMetrics.length = 0;
  }

  get resource(): MessageRecord {
    const { bytes, resourceStart, resourceEnd } = this.cursor;
    return at(this.#resource, bytes, resourceStart, resourceEnd);
  }

  get resourceGroup(): MessageRecord {
    const { bytes, resourceGroupStart, resourceGroupEnd } = this.cursor;
    return at(this.#resourceGroup, bytes, resourceGroupStart, resourceGroupEnd);
  }

  get scope(): MessageRecord {
    const { bytes, scopeStart, scopeEnd } = this.cursor;
    return at(this.#scope, bytes, scopeStart, scopeEnd);
  }

  get scopeGroup(): MessageRecord {
    const { bytes, scopeGroupStart, scopeGroupEnd } = this.cursor;
    return at(this.#scopeGroup, bytes, scopeGroupStart, scopeGroupEnd);
  }

  get metric(): MessageRecord {
    const { bytes, metricStart, metricEnd } = this.cursor;
    return at(this.#metric, bytes, metricStart, metricEnd);
  }

  /** The data of the metric, such as its `Sum`. Check `dataField` first: it is 0 for a metric without data. */
  get data(): MessageRecord {
    if (!this.#isDataInMetric) {
      const { bytes, dataStart, dataEnd } = this.cursor;
      return at(this.#data, bytes, dataStart, dataEnd);
    }
    this.#locateData();
    return this.#data;
  }

  /** The field of `Metric` that contains the data. */
  get dataField(): number {
    if (!this.#isDataInMetric) return this.cursor.dataField;
    this.#locateData();
    return this.#dataField;
  }

  /** Replaces the data of the metric by the encoded payload of another `Metric` field. Only in the metric context. */
  replaceData(field: number, payload: Uint8Array): void {
    const { metric } = this;
    for (const other of DATA_FIELDS) if (metric.find(other) >= 0) metric.put(other, undefined);
    metric.put(field, bytesField(field, payload));
    this.#data.reset(EMPTY, -1, -1);
  }

  /** Writes the changes of the data into the metric. Only in the metric context. */
  flushData(): void {
    if (this.#data.start < 0 || !this.#data.isChanged) return;
    const field = this.#dataField;
    this.metric.put(field, bytesField(field, this.#data.apply()));
    this.#data.reset(EMPTY, -1, -1);
  }

  #locateData(): void {
    if (this.#data.start >= 0) return;
    this.#dataField = 0;
    const { metric } = this;
    for (const field of DATA_FIELDS) {
      const value = metric.find(field);
      if (value < 0) continue;
      this.#dataField = field;
      this.#data.reset(metric.source, payloadStart(metric.source, value), payloadEnd(metric.source, value));
      return;
    }
  }
}

/** Returns the record of a message, moved to it unless it is there. */
function at(record: MessageRecord, bytes: Uint8Array, start: number, end: number): MessageRecord {
  return record.bytes === bytes && record.start === start && record.end === end
    ? record
    : record.reset(bytes, start, end);
}

const EMPTY = new Uint8Array();
