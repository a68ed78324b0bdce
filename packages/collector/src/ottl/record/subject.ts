import {
  type BatchContext,
  findField,
  forEachPayload,
  type GroupKind,
  ItemCursor,
  localContext,
  METRIC_FIELDS,
  payloadEnd,
  payloadStart,
  type Splices,
} from '@otelier/otlp';
import { ProfilesDictionary } from '../profiles/dictionary.ts';
import type { ValueMap } from '../values/value.ts';
import { bytesField } from './encode.ts';
import { MessageRecord } from './message-record.ts';

/** The time and randomness used in evaluation, which tests control. */
export interface EvaluationContext {
  /** Returns the time in milliseconds since the epoch. */
  now(): number;
  /** Returns a random number, as `Math.random` does. */
  random(): number;
}

/** The `Metric` fields that contain metric data. */
export const DATA_FIELDS: readonly number[] = [
  METRIC_FIELDS.gauge,
  METRIC_FIELDS.sum,
  METRIC_FIELDS.histogram,
  METRIC_FIELDS.exponentialHistogram,
  METRIC_FIELDS.summary,
];

/**
 * The telemetry to which statements apply: an item and its enclosing messages, as records. One subject is reused for
 * all items. Resource, scope and metric records retain their changes until the walk leaves them.
 */
export class Subject {
  cursor: ItemCursor = new ItemCursor(EMPTY);
  /** The span, log record, data point or profile. */
  readonly item: MessageRecord = new MessageRecord();
  /** The exemplar of a data point. */
  readonly exemplar: MessageRecord = new MessageRecord();
  /** The span event. */
  readonly event: MessageRecord = new MessageRecord();
  /** Index of the event within its span. */
  eventIndex = 0;
  cache: ValueMap = new Map();
  /** The context of the batch that contains the telemetry. */
  batch: BatchContext = localContext(0);
  /** Encoded metrics that statements have added to the scope. */
  readonly addedMetrics: Uint8Array[] = [];
  readonly environment: EvaluationContext;
  readonly #resource = new MessageRecord();
  readonly #resourceGroup = new MessageRecord();
  readonly #scope = new MessageRecord();
  readonly #scopeGroup = new MessageRecord();
  readonly #metric = new MessageRecord();
  readonly #data = new MessageRecord();
  readonly #dictionary = new ProfilesDictionary();
  #isDataInMetric = false;
  /** The added metric that the subject is at. */
  #addedMetric: Uint8Array | undefined;
  /** The `Metric` field that the `data` record contains, or 0 if there is no data. */
  #dataField = 0;

  constructor(environment: EvaluationContext) {
    this.environment = environment;
  }

  /** Moves to the cursor's item. */
  moveToItem(cursor: ItemCursor): this {
    this.cursor = cursor;
    this.#isDataInMetric = false;
    this.item.reset(cursor.bytes, cursor.start, cursor.end);
    return this;
  }

  /** Moves to the cursor's resource, scope or metric. Metric data is part of the metric. */
  moveToGroup(cursor: ItemCursor): this {
    this.cursor = cursor;
    this.#isDataInMetric = true;
    this.#addedMetric = undefined;
    this.#data.reset(EMPTY, -1, -1);
    return this;
  }

  /** Moves to a metric that a statement added to the cursor's scope. */
  moveToAddedMetric(cursor: ItemCursor, metric: Uint8Array): this {
    this.moveToGroup(cursor);
    this.#addedMetric = metric;
    this.#metric.reset(metric, 0, metric.length);
    return this;
  }

  /** Resets the positions of all records before a walk over another request. */
  restart(): void {
    for (const record of [this.#resource, this.#resourceGroup, this.#scope, this.#scopeGroup, this.#metric, this.#data])
      record.reset(EMPTY, -1, -1);
    this.addedMetrics.length = 0;
    this.#dictionary.clear();
  }

  /** The dictionary of the request of profiles. */
  get dictionary(): ProfilesDictionary {
    return this.#dictionary.moveTo(this.cursor.bytes);
  }

  /** Returns a rewritten request with the strings and attributes that statements added to its dictionary. */
  finish(request: Uint8Array): Uint8Array {
    const finished = this.#dictionary.addTo(request);
    this.#dictionary.clear();
    return finished;
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
    if (this.#addedMetric !== undefined) return this.#metric;
    const { bytes, metricStart, metricEnd } = this.cursor;
    return at(this.#metric, bytes, metricStart, metricEnd);
  }

  /** The metric data, such as a `Sum`. Check `dataField` first, which is 0 for a metric without data. */
  get data(): MessageRecord {
    if (!this.#isDataInMetric) {
      const { bytes, dataStart, dataEnd } = this.cursor;
      return at(this.#data, bytes, dataStart, dataEnd);
    }
    this.#locateData();
    return this.#data;
  }

  /** The `Metric` field that contains the data. */
  get dataField(): number {
    if (!this.#isDataInMetric) return this.cursor.dataField;
    this.#locateData();
    return this.#dataField;
  }

  /** Replaces the metric data with the encoded payload of another `Metric` field. Valid only in the metric context. */
  replaceData(field: number, payload: Uint8Array): void {
    const { metric } = this;
    for (const other of DATA_FIELDS) if (metric.find(other) >= 0) metric.put(other, undefined);
    metric.put(field, bytesField(field, payload));
    this.#data.reset(EMPTY, -1, -1);
  }

  /** Writes changes to the data back into the metric. Valid only in the metric context. */
  flushData(): void {
    if (this.#data.start < 0 || !this.#data.isChanged) return;
    const field = this.#dataField;
    this.metric.put(field, bytesField(field, this.#data.apply()));
    this.#data.reset(EMPTY, -1, -1);
  }

  /** Records the pending changes to a message that the walk is leaving. Returns the number of items added. */
  leave(kind: GroupKind, cursor: ItemCursor): number {
    const { splices, bytes } = cursor;
    switch (kind) {
      case 'resource':
        replaceOwner(this.#resource, bytes, cursor.resourceGroupStart, cursor.resourceGroupEnd, splices);
        recordChanges(this.#resourceGroup, splices);
        return 0;
      case 'scope':
        replaceOwner(this.#scope, bytes, cursor.scopeGroupStart, cursor.scopeGroupEnd, splices);
        recordChanges(this.#scopeGroup, splices);
        return this.#addMetrics(cursor);
      case 'metric':
        recordChanges(this.#metric, splices);
        return 0;
      case 'data':
        if (!this.#isDataInMetric) recordChanges(this.#data, splices);
        return 0;
    }
  }

  #addMetrics({ splices, scopeGroupEnd }: ItemCursor): number {
    let points = 0;
    for (const metric of this.addedMetrics) {
      splices.insert(scopeGroupEnd, bytesField(METRICS_FIELD, metric));
      points += countPoints(metric);
    }
    this.addedMetrics.length = 0;
    return points;
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

/** Returns the record, moved to the message unless it is already there. */
function at(record: MessageRecord, bytes: Uint8Array, start: number, end: number): MessageRecord {
  return record.bytes === bytes && record.start === start && record.end === end
    ? record
    : record.reset(bytes, start, end);
}

/** Replaces a resource or scope with its changed version, or adds it to its group. */
function replaceOwner(
  record: MessageRecord,
  bytes: Uint8Array,
  groupStart: number,
  groupEnd: number,
  splices: Splices,
): void {
  if (!record.isChanged) return;
  const owner = record.apply();
  record.reset(EMPTY, -1, -1);
  const value = findField(bytes, groupStart, groupEnd, OWNER_FIELD);
  if (value < 0) splices.insert(groupStart, bytesField(OWNER_FIELD, owner));
  else splices.replaceValue(value, payloadEnd(bytes, value), owner);
}

function recordChanges(record: MessageRecord, splices: Splices): void {
  if (!record.isChanged) return;
  record.record(splices);
  record.reset(EMPTY, -1, -1);
}

function countPoints(metric: Uint8Array): number {
  let points = 0;
  for (const field of DATA_FIELDS) {
    const data = findField(metric, 0, metric.length, field);
    if (data < 0) continue;
    forEachPayload(metric, payloadStart(metric, data), payloadEnd(metric, data), POINTS_FIELD, () => {
      points += 1;
    });
  }
  return points;
}

/** The field of a group that contains its resource or scope. */
const OWNER_FIELD = 1;
/** The field of a scope group that contains its metrics. */
const METRICS_FIELD = 2;
/** The metric data field that contains the data points. */
const POINTS_FIELD = 1;
const EMPTY = new Uint8Array();
