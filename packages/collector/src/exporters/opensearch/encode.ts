import {
  type Batch,
  forEachDataPoint,
  forEachLogRecord,
  forEachSpan,
  LOG_RECORD_FIELDS,
  type LogRecordView,
  type Signal,
  SPAN_FIELDS,
} from '@otelier/otlp';
import { isMap, type ValueMap } from '../../ottl/values/value.ts';
import type { EncodedDocuments } from '../elasticsearch/bulk-documents.ts';
import { mapJson, textJson } from '../elasticsearch/documents/json.ts';
import { pointAttributes } from '../elasticsearch/documents/metrics.ts';
import { attributesIn, type Origin, OriginReader, valueIn } from '../elasticsearch/origin.ts';
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
  return ({ signal, parts }) => {
    const encoder = new Encoder(options);
    for (const part of parts) ENCODERS[signal]?.(encoder, part);
    return encoder.encoded;
  };
}

const ENCODERS: Partial<Record<Signal, (encoder: Encoder, part: Uint8Array) => void>> = {
  logs: (encoder, part) => encoder.logs(part),
  traces: (encoder, part) => encoder.spans(part),
  metrics: (encoder, part) => encoder.points(part),
};

class Encoder {
  readonly encoded: EncodedDocuments = { documents: [], rejectedItems: 0, reason: '' };
  readonly #options: EncodeOptions;
  readonly #origins = new OriginReader();

  constructor(options: EncodeOptions) {
    this.#options = options;
  }

  logs(part: Uint8Array): void {
    forEachLogRecord(part, (record) => {
      const origin = this.#origins.read(record.resource, record.scope);
      this.#add(origin, attributesIn(record, LOG_RECORD_FIELDS.attributes), () => this.#log(record, origin));
    });
  }

  spans(part: Uint8Array): void {
    const { mode } = this.#options;
    forEachSpan(part, (span) => {
      const origin = this.#origins.read(span.resource, span.scope);
      if (mode === 'bodymap') return this.#reject('the mapping mode bodymap has no spans');
      this.#add(origin, attributesIn(span, SPAN_FIELDS.attributes), () =>
        mode === 'otel-v1' ? otelV1Span(span, origin) : ss4oSpan(span, origin, this.#options),
      );
    });
  }

  points(part: Uint8Array): void {
    const { mode } = this.#options;
    forEachDataPoint(part, (point, metric) => {
      const origin = this.#origins.read(metric.resource, metric.scope);
      const attributes = pointAttributes(point);
      if (mode !== 'ss4o' && mode !== 'otel-v1') return this.#reject(`the mapping mode ${mode} has no metrics`);
      this.#add(origin, attributes, () =>
        mode === 'ss4o'
          ? ss4oPoint(point, metric, attributes, origin, this.#options)
          : otelV1Point(point, metric, attributes, origin),
      );
    });
  }

  /** Encodes a log record; `undefined` if the mode needs a map as its body. */
  #log(record: LogRecordView, origin: Origin): string | undefined {
    switch (this.#options.mode) {
      case 'ss4o':
        return ss4oLog(record, origin, this.#options);
      case 'otel-v1':
        return otelV1Log(record, origin);
      case 'ecs':
        return flatLog(record, origin, this.#options, 'Attributes');
      case 'flatten_attributes':
        return flatLog(record, origin, this.#options, '');
      case 'bodymap': {
        const body = valueIn(record, LOG_RECORD_FIELDS.body);
        return isMap(body) ? mapJson(body) : undefined;
      }
    }
  }

  #add(origin: Origin, attributes: ValueMap, encode: () => string | undefined): void {
    const { action, indexOf } = this.#options;
    const index = indexOf(origin, attributes);
    const json = 'name' in index ? encode() : undefined;
    if ('reason' in index) this.#reject(index.reason);
    else if (json === undefined) this.#reject('body: expected a map in the mapping mode bodymap');
    else
      this.encoded.documents.push({
        lines: `{"${action}":{"_index":${textJson(index.name)}}}\n${json}\n`,
        itemCount: 1,
      });
  }

  #reject(reason: string): void {
    if (this.encoded.rejectedItems === 0) this.encoded.reason = reason;
    this.encoded.rejectedItems += 1;
  }
}
