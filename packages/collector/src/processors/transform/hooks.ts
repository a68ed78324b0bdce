import {
  type BatchContext,
  DATA_POINT_FIELDS,
  forEachPayload,
  type ItemCursor,
  metricKindOf,
  type RewriteHooks,
  SPAN_FIELDS,
} from '@otelier/otlp';
import type { ContextName } from '../../ottl/contexts/context.ts';
import { POINTS } from '../../ottl/functions/metrics/points.ts';
import { bytesField, join } from '../../ottl/record/encode.ts';
import { type EvaluationContext, Subject } from '../../ottl/record/subject.ts';

type Hooks = RewriteHooks<BatchContext>;

/** Returns hooks that run statements on every message in a context. */
export function transformHooks(
  context: ContextName,
  run: (subject: Subject) => void,
  environment: EvaluationContext,
): Hooks {
  const subject = new Subject(environment);
  /** Runs the statements with an empty cache. After an error, no change may carry over to the next batch. */
  const runFresh = (batch: BatchContext): void => {
    subject.batch = batch;
    if (subject.cache.size > 0) subject.cache = new Map();
    try {
      run(subject);
    } catch (error) {
      subject.restart();
      throw error;
    }
  };
  return {
    ...hooksOf(context, subject, runFresh),
    leave(kind, cursor, batch) {
      if (kind === 'scope')
        runOnAddedMetrics(subject, cursor, () => {
          if (context === 'datapoint') runOnPoints(subject, () => runFresh(batch));
          else runFresh(batch);
        });
      return subject.leave(kind, cursor);
    },
    end: (request) => subject.finish(request),
  };
}

/** Maximum number of metrics that statements can add to a scope, because a statement can apply to the metrics it adds. */
const MAX_ADDED_METRICS = 10_000;

/** Runs the statements on added metrics too: as in the Collector, they are at the end of the list. */
function runOnAddedMetrics(subject: Subject, cursor: ItemCursor, run: () => void): void {
  const { addedMetrics } = subject;
  for (let i = 0; i < addedMetrics.length && i < MAX_ADDED_METRICS; i++) {
    subject.moveToAddedMetric(cursor, addedMetrics[i] as Uint8Array);
    run();
    subject.flushData();
    if (subject.metric.isChanged) addedMetrics[i] = subject.metric.apply();
  }
  if (addedMetrics.length > 0) subject.moveToGroup(cursor);
}

/** Runs the statements on the data points of an added metric. */
function runOnPoints(subject: Subject, run: () => void): void {
  const parts: Uint8Array[] = [];
  let isChanged = false;
  subject.data.forEach(POINTS, (bytes, start, end) => {
    const point = subject.item.reset(bytes, start, end);
    run();
    if (point.isChanged) isChanged = true;
    parts.push(bytesField(POINTS, point.isChanged ? point.apply() : bytes.subarray(start, end)));
  });
  if (isChanged) subject.data.putAll(POINTS, join(parts));
}

function hooksOf(context: ContextName, subject: Subject, run: (batch: BatchContext) => void): Hooks {
  switch (context) {
    case 'resource':
    case 'scope':
      return {
        [context]: (cursor: ItemCursor, batch: BatchContext) => {
          subject.moveToGroup(cursor);
          run(batch);
          return 'keep';
        },
      };
    case 'metric':
      return {
        metric(cursor, batch) {
          subject.moveToGroup(cursor);
          run(batch);
          subject.flushData();
          return subject.metric.isChanged ? subject.metric.apply() : 'keep';
        },
      };
    case 'spanevent':
      return {
        item(cursor, batch) {
          subject.moveToItem(cursor);
          runOnEvents(subject, cursor, () => run(batch));
          subject.item.record(cursor.splices);
          return 'keep';
        },
      };
    case 'exemplar':
      return {
        item(cursor, batch) {
          subject.moveToItem(cursor);
          runOnExemplars(subject, cursor, () => run(batch));
          subject.item.record(cursor.splices);
          return 'keep';
        },
      };
    default:
      return {
        item(cursor, batch) {
          subject.moveToItem(cursor);
          run(batch);
          if (subject.item.isChanged) subject.item.record(cursor.splices);
          return 'keep';
        },
      };
  }
}

function runOnEvents(subject: Subject, { bytes, start, end, splices }: ItemCursor, run: () => void): void {
  subject.eventIndex = 0;
  forEachPayload(bytes, start, end, SPAN_FIELDS.events, (from, to, fieldStart) => {
    subject.event.reset(bytes, from, to);
    run();
    subject.eventIndex += 1;
    if (subject.event.isChanged) splices.replace(fieldStart, to, bytesField(SPAN_FIELDS.events, subject.event.apply()));
  });
}

function runOnExemplars(
  subject: Subject,
  { bytes, start, end, splices, dataField }: ItemCursor,
  run: () => void,
): void {
  const kind = metricKindOf(dataField);
  const fields: Readonly<Record<string, number>> = kind === undefined ? {} : DATA_POINT_FIELDS[kind];
  const { exemplars } = fields;
  // Data points of summaries have none.
  if (exemplars === undefined) return;
  forEachPayload(bytes, start, end, exemplars, (from, to, fieldStart) => {
    const exemplar = subject.exemplar.reset(bytes, from, to);
    run();
    if (exemplar.isChanged) splices.replace(fieldStart, to, bytesField(exemplars, exemplar.apply()));
  });
}
