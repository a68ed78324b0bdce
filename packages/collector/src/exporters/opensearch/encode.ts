import {
  type Batch,
  type DataPointView,
  LOG_RECORD_FIELDS,
  type LogRecordView,
  type MetricView,
  SPAN_FIELDS,
  type SpanView,
} from '@otelier/otlp';
import type { ValueMap } from '../../ottl/values/value.ts';
import type { EncodedDocuments } from '../elasticsearch/bulk-documents.ts';
import { textJson } from '../elasticsearch/documents/json.ts';
import { pointAttributes } from '../elasticsearch/documents/metrics.ts';
import { bodyJson, Documents, encodeItems, type ItemEncoder, NO_MAP } from '../elasticsearch/encode-items.ts';
import { attributesIn, type Origin } from '../elasticsearch/origin.ts';
import { type DocumentOptions, flatLog, ss4oLog, ss4oSpan } from './documents.ts';
import type { IndexName } from './index-names.ts';
import { otelV1Point, ss4oPoint } from './metrics.ts';
import { otelV1Log, otelV1Span } from './otel-v1.ts';

/** How telemetry becomes documents. */
export const OPENSEARCH_MODES = ['ss4o', 'otel-v1', 'ecs', 'flatten_attributes', 'bodymap'] as const;

/** How telemetry becomes documents. */
export type OpenSearchMode = (typeof OPENSEARCH_MODES)[number];

/** Options for `createEncoder`. */
export interface EncodeOptions extends DocumentOptions {
  readonly mode: OpenSearchMode;
  readonly action: 'create' | 'index';
  indexOf(origin: Origin, attributes: ValueMap): IndexName;
}

/** Returns a function that encodes each item of a batch as a document. */
export function createEncoder(options: EncodeOptions): (batch: Batch) => EncodedDocuments {
  return (batch) => encodeItems(batch, new Encoder(options));
}

class Encoder implements ItemEncoder {
  readonly documents = new Documents();
  readonly #options: EncodeOptions;

  constructor(options: EncodeOptions) {
    this.#options = options;
  }

  log(record: LogRecordView, origin: Origin): string | undefined {
    return this.#add(origin, attributesIn(record, LOG_RECORD_FIELDS.attributes), () => this.#logJson(record, origin));
  }

  span(span: SpanView, origin: Origin): string | undefined {
    const { mode } = this.#options;
    if (mode === 'bodymap') return 'the mapping mode bodymap has no spans';
    return this.#add(origin, attributesIn(span, SPAN_FIELDS.attributes), () =>
      mode === 'otel-v1' ? otelV1Span(span, origin) : ss4oSpan(span, origin, this.#options),
    );
  }

  point(point: DataPointView, metric: MetricView, origin: Origin): string | undefined {
    const { mode } = this.#options;
    const attributes = pointAttributes(point);
    if (mode !== 'ss4o' && mode !== 'otel-v1') return `the mapping mode ${mode} has no metrics`;
    return this.#add(origin, attributes, () =>
      mode === 'ss4o'
        ? ss4oPoint(point, metric, attributes, origin, this.#options)
        : otelV1Point(point, metric, attributes, origin),
    );
  }

  /** Encodes a log record; `undefined` if the mode needs a map as its body. */
  #logJson(record: LogRecordView, origin: Origin): string | undefined {
    switch (this.#options.mode) {
      case 'ss4o':
        return ss4oLog(record, origin, this.#options);
      case 'otel-v1':
        return otelV1Log(record, origin);
      case 'ecs':
        return flatLog(record, origin, this.#options, 'Attributes');
      case 'flatten_attributes':
        return flatLog(record, origin, this.#options, '');
      case 'bodymap':
        return bodyJson(record);
    }
  }

  #add(origin: Origin, attributes: ValueMap, encode: () => string | undefined): string | undefined {
    const { action, indexOf } = this.#options;
    const index = indexOf(origin, attributes);
    if ('reason' in index) return index.reason;
    const json = encode();
    if (json === undefined) return NO_MAP;
    this.documents.add(`{"${action}":{"_index":${textJson(index.name)}}}`, json, 1);
    return undefined;
  }
}
