import {
  type Batch,
  type DataPointView,
  forEachDataPoint,
  forEachLogRecord,
  forEachSpan,
  LOG_RECORD_FIELDS,
  type LogRecordView,
  type MetricView,
  type Signal,
  type SpanView,
} from '@otelier/otlp';
import { isMap } from '../../ottl/values/value.ts';
import type { BulkDocument, EncodedDocuments } from './bulk-documents.ts';
import { mapJson } from './documents/json.ts';
import { type Origin, OriginReader, valueIn } from './origin.ts';

/** Encodes items and adds their documents to those of a batch. Each method returns why it rejects an item. */
export interface ItemEncoder {
  readonly documents: Documents;
  log(record: LogRecordView, origin: Origin): string | undefined;
  span(span: SpanView, origin: Origin): string | undefined;
  point(point: DataPointView, metric: MetricView, origin: Origin): string | undefined;
  /** Adds the documents of items that share one. Called after the last item. */
  finish?(): void;
}

/** Encodes the items of a batch, and returns their documents. */
export function encodeItems({ signal, parts }: Batch, encoder: ItemEncoder): EncodedDocuments {
  const origins = new OriginReader();
  for (const part of parts) VISITORS[signal]?.(part, encoder, origins);
  encoder.finish?.();
  return encoder.documents;
}

type Visitor = (part: Uint8Array, encoder: ItemEncoder, origins: OriginReader) => void;

const VISITORS: Partial<Record<Signal, Visitor>> = {
  logs: (part, encoder, origins) =>
    forEachLogRecord(part, (record) => {
      encoder.documents.reject(encoder.log(record, origins.read(record.resource, record.scope)));
    }),
  traces: (part, encoder, origins) =>
    forEachSpan(part, (span) => {
      encoder.documents.reject(encoder.span(span, origins.read(span.resource, span.scope)));
    }),
  metrics: (part, encoder, origins) =>
    forEachDataPoint(part, (point, metric) => {
      encoder.documents.reject(encoder.point(point, metric, origins.read(metric.resource, metric.scope)));
    }),
};

/** The documents of a batch while it is encoded. */
export class Documents implements EncodedDocuments {
  readonly documents: BulkDocument[] = [];
  rejectedItems = 0;
  reason = '';

  /** Adds a document. `action` is the line before it in a bulk request, in JSON. */
  add(action: string, json: string, itemCount: number): void {
    this.documents.push({ lines: `${action}\n${json}\n`, itemCount });
  }

  /** Counts items that become no document, if there is a reason. */
  reject(reason: string | undefined, itemCount = 1): void {
    if (reason === undefined || itemCount === 0) return;
    if (this.rejectedItems === 0) this.reason = reason;
    this.rejectedItems += itemCount;
  }
}

/** Why a log record is rejected whose mapping mode needs a map as its body. */
export const NO_MAP = 'body: expected a map in the mapping mode bodymap';

/** Encodes the body of a log record as a document; `undefined` if it is not a map. */
export function bodyJson(record: LogRecordView): string | undefined {
  const body = valueIn(record, LOG_RECORD_FIELDS.body);
  return isMap(body) ? mapJson(body) : undefined;
}
