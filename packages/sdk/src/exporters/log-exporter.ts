import type { SpanContext } from '@opentelemetry/api';
import type { TagWriter } from '@otelier/otlp';
import type { Attributes } from '../attributes/attribute-list.ts';
import { snapshot } from '../attributes/attribute-value.ts';
import type { Network } from '../client/platform.ts';
import { writeLogRecord } from '../logs/log-record.ts';
import { attributeData, encodeGroups, type Grouped } from './group.ts';
import { type ExporterOptions, type ExportResult, Sender } from './sender.ts';

/** An opentelemetry-js log record. */
export interface ReadableLogRecord extends Grouped {
  readonly hrTime: readonly [number, number];
  readonly hrTimeObserved: readonly [number, number];
  readonly spanContext?: SpanContext | undefined;
  readonly severityText?: string | undefined;
  readonly severityNumber?: number | undefined;
  /** Unlike the attributes, neither validated nor copied. */
  readonly body?: unknown;
  readonly eventName?: string | undefined;
  readonly attributes: Attributes;
  readonly droppedAttributesCount: number;
}

/** An OTLP log record exporter for opentelemetry-js. It replaces that project's own exporters. */
export class LogExporter {
  readonly #sender: Sender;

  constructor(options: ExporterOptions, network: Network) {
    this.#sender = new Sender('logs', options, network);
  }

  export(logs: readonly ReadableLogRecord[], resultCallback: (result: ExportResult) => void): void {
    this.#sender.export(encodeGroups(logs, writeReadableLogRecord), resultCallback);
  }

  /** Waits for exports in flight. */
  forceFlush(): Promise<void> {
    return this.#sender.flush();
  }

  shutdown(): Promise<void> {
    return this.#sender.shutdown();
  }
}

function writeReadableLogRecord(writer: TagWriter, record: ReadableLogRecord): void {
  writeLogRecord(writer, {
    time: { seconds: record.hrTime[0], nanos: record.hrTime[1] },
    observedTime: { seconds: record.hrTimeObserved[0], nanos: record.hrTimeObserved[1] },
    severityNumber: record.severityNumber ?? 0,
    severityText: record.severityText ?? '',
    body: snapshot(record.body, Number.POSITIVE_INFINITY),
    attributes: attributeData(record.attributes, record.droppedAttributesCount),
    spanContext: record.spanContext,
    eventName: record.eventName ?? '',
  });
}
