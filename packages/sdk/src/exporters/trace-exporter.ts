import type { SpanContext, SpanStatus } from '@opentelemetry/api';
import type { Attributes } from '../attributes/attribute-list.ts';
import type { Network } from '../client/platform.ts';
import { putHex } from '../trace/ids.ts';
import { type SpanRecord, wireFlags, writeSpan } from '../trace/span-record.ts';
import type { Writer } from '../wire/writer.ts';
import { attributeData, encodeGroups, type Grouped } from './group.ts';
import { type ExporterOptions, type ExportResult, Sender } from './sender.ts';

/** A span as opentelemetry-js hands it to exporters. */
export interface ReadableSpan extends Grouped {
  readonly name: string;
  readonly kind: number;
  spanContext(): SpanContext;
  readonly parentSpanContext?: SpanContext | undefined;
  readonly startTime: readonly [number, number];
  readonly endTime: readonly [number, number];
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly links: readonly {
    readonly context: SpanContext;
    readonly attributes?: Attributes | undefined;
    readonly droppedAttributesCount?: number | undefined;
  }[];
  readonly events: readonly {
    readonly time: readonly [number, number];
    readonly name: string;
    readonly attributes?: Attributes | undefined;
    readonly droppedAttributesCount?: number | undefined;
  }[];
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

/** Exports the spans of opentelemetry-js by OTLP; takes the place of its own exporters. */
export class TraceExporter {
  readonly #sender: Sender;

  constructor(options: ExporterOptions, network: Network) {
    this.#sender = new Sender('traces', options, network);
  }

  export(spans: readonly ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    this.#sender.export(encodeGroups(spans, writeReadableSpan), resultCallback);
  }

  /** Waits for what is on its way. */
  forceFlush(): Promise<void> {
    return this.#sender.flush();
  }

  shutdown(): Promise<void> {
    return this.#sender.shutdown();
  }
}

function writeReadableSpan(writer: Writer, span: ReadableSpan): void {
  writeSpan(writer, recordOf(span));
}

function recordOf(span: ReadableSpan): SpanRecord {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const parent = span.parentSpanContext;
  const ids = new Uint8Array(32);
  putHex(ids, 0, traceId);
  putHex(ids, 16, spanId);
  putHex(ids, 24, parent?.spanId ?? '');
  return {
    traceIdBytes: ids,
    traceIdOffset: 0,
    spanIdBytes: ids,
    spanIdOffset: 16,
    parentIdBytes: parent?.spanId ? ids : undefined,
    parentIdOffset: 24,
    flags: wireFlags(traceFlags, parent?.isRemote),
    traceState: traceState?.serialize() ?? '',
    name: span.name,
    kind: span.kind,
    startSeconds: span.startTime[0],
    startNanos: span.startTime[1],
    endSeconds: span.endTime[0],
    endNanos: span.endTime[1],
    attributes: attributeData(span.attributes, span.droppedAttributesCount),
    events: span.events.map(({ name, time, attributes, droppedAttributesCount }) => ({
      name,
      time: { seconds: time[0], nanos: time[1] },
      attributes: attributeData(attributes, droppedAttributesCount),
    })),
    droppedEventCount: span.droppedEventsCount,
    links: span.links.map(({ context, attributes, droppedAttributesCount }) => ({
      context,
      attributes: attributeData(attributes, droppedAttributesCount),
    })),
    droppedLinkCount: span.droppedLinksCount,
    statusCode: span.status.code,
    statusMessage: span.status.message ?? '',
  };
}
