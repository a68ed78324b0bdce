import {
  type BatchContext,
  DATA_POINT_FIELDS,
  findField,
  forEachPayload,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  METRIC_FIELDS,
  metricKindOf,
  payloadEnd,
  payloadStart,
  readString,
  rewriteItems,
  type Signal,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
} from '@otelier/otlp';
import { BatchRejection } from '../../component/rewriter.ts';
import type { EvaluationContext } from '../../ottl/record/subject.ts';
import { Subject } from '../../ottl/record/subject.ts';

/** The kind of message that a metric is derived from. */
export type ItemContext = 'span' | 'spanevent' | 'metric' | 'datapoint' | 'log';

/** The current message in a walk. The object is reused for the next message. */
export interface Item {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Field number of its attributes; 0 for metrics, which have none. */
  readonly attributesField: number;
  /** The enclosing messages. */
  readonly cursor: ItemCursor;
}

/** The callbacks of a walk. */
export interface ItemVisitor {
  /** Called for each message in the contexts that the walk visits. */
  item(context: ItemContext, item: Item, subject: Subject): void;
  /** Called after all messages of a resource. */
  leaveResource?(cursor: ItemCursor): void;
}

/** Walks over the messages in requests, including span events and metrics if they are visited. */
export class ItemWalk {
  readonly #contexts: ReadonlySet<ItemContext>;
  readonly #subject: Subject;
  readonly #metric: Subject;
  readonly #emptyMetrics: 'refuse' | 'skip';

  /**
   * `emptyMetrics` selects how a request that contains a metric without data is handled: either the request is refused,
   * or the metric is skipped.
   */
  constructor(contexts: ReadonlySet<ItemContext>, environment: EvaluationContext, emptyMetrics: 'refuse' | 'skip') {
    this.#contexts = contexts;
    this.#emptyMetrics = emptyMetrics;
    this.#subject = new Subject(environment);
    this.#metric = new Subject(environment);
  }

  /** Walks over a request. Throws a `BatchRejection` to refuse it. */
  walk(signal: Signal, request: Uint8Array, batch: BatchContext, visitor: ItemVisitor): void {
    for (const subject of [this.#subject, this.#metric]) {
      subject.restart();
      subject.batch = batch;
    }
    rewriteItems(signal, request, {
      metric: (cursor) => {
        this.#visitMetric(cursor, visitor);
        return 'keep';
      },
      item: (cursor) => {
        this.#visitItem(signal, cursor, visitor);
        return 'keep';
      },
      leave: (kind, cursor) => {
        if (kind === 'resource') visitor.leaveResource?.(cursor);
        return 0;
      },
    });
  }

  #visitMetric(cursor: ItemCursor, visitor: ItemVisitor): void {
    const subject = this.#metric.moveToGroup(cursor);
    if (this.#emptyMetrics === 'refuse' && subject.dataField === 0)
      throw new BatchRejection(`metric ${nameOf(cursor)}: expected data, got none`);
    if (!this.#contexts.has('metric')) return;
    const { bytes, metricStart, metricEnd } = cursor;
    visitor.item('metric', { bytes, start: metricStart, end: metricEnd, attributesField: 0, cursor }, subject);
  }

  #visitItem(signal: Signal, cursor: ItemCursor, visitor: ItemVisitor): void {
    const { bytes, start, end, dataField } = cursor;
    const subject = this.#subject.moveToItem(cursor);
    if (subject.cache.size > 0) subject.cache.clear();
    const context = CONTEXT_OF[signal];
    if (context !== undefined && this.#contexts.has(context))
      visitor.item(
        context,
        { bytes, start, end, attributesField: attributesFieldOf(context, dataField), cursor },
        subject,
      );
    if (context !== 'span' || !this.#contexts.has('spanevent')) return;
    subject.eventIndex = 0;
    forEachPayload(bytes, start, end, SPAN_FIELDS.events, (from, to) => {
      subject.event.reset(bytes, from, to);
      const event = { bytes, start: from, end: to, attributesField: SPAN_EVENT_FIELDS.attributes, cursor };
      visitor.item('spanevent', event, subject);
      subject.eventIndex += 1;
    });
  }
}

const CONTEXT_OF: Partial<Readonly<Record<Signal, ItemContext>>> = {
  traces: 'span',
  metrics: 'datapoint',
  logs: 'log',
};

function attributesFieldOf(context: ItemContext, dataField: number): number {
  switch (context) {
    case 'span':
      return SPAN_FIELDS.attributes;
    case 'log':
      return LOG_RECORD_FIELDS.attributes;
    default:
      return DATA_POINT_FIELDS[metricKindOf(dataField) ?? 'gauge'].attributes;
  }
}

function nameOf({ bytes, metricStart, metricEnd }: ItemCursor): string {
  const name = findField(bytes, metricStart, metricEnd, METRIC_FIELDS.name);
  return name < 0 ? '""' : JSON.stringify(readString(bytes, payloadStart(bytes, name), payloadEnd(bytes, name)));
}
