import type { SpanContext, SpanStatus } from '@opentelemetry/api';
import type { TagWriter } from '@otelier/otlp';
import type { Attributes } from '../attributes/attribute-list.ts';
import type { Network } from '../client/platform.ts';
import type { Instant } from '../time.ts';
import { PARENT_ID, putHex, SPAN_ID } from '../trace/ids.ts';
import { type SpanRecord, wireFlags, writeSpan } from '../trace/span-record.ts';
import { attributeData, encodeGroups, type Grouped } from './group.ts';
import { type ExporterOptions, type ExportResult, Sender } from './sender.ts';

/** An opentelemetry-js span. */
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

/** An OTLP span exporter for opentelemetry-js. It replaces that project's own exporters. */
export class TraceExporter {
  readonly #sender: Sender;

  constructor(options: ExporterOptions, network: Network) {
    this.#sender = new Sender('traces', options, network);
  }

  export(spans: readonly ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    this.#sender.export(encodeGroups(spans, writeReadableSpan), resultCallback);
  }

  /** Waits for exports in flight. */
  forceFlush(): Promise<void> {
    return this.#sender.flush();
  }

  shutdown(): Promise<void> {
    return this.#sender.shutdown();
  }
}

function writeReadableSpan(writer: TagWriter, span: ReadableSpan): void {
  writeSpan(writer, recordOf(span));
}

function recordOf(span: ReadableSpan): SpanRecord {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const { parentSpanContext: parent, name, kind, status } = span;
  const ids = new DataView(new ArrayBuffer(32));
  putHex(ids, 0, traceId, 16);
  putHex(ids, SPAN_ID, spanId, 8);
  return {
    ids,
    idOffset: 0,
    hasParent: parent !== undefined && putHex(ids, PARENT_ID, parent.spanId, 8),
    flags: wireFlags(traceFlags, parent?.isRemote),
    traceState,
    name,
    kind,
    startTime: instantOf(span.startTime),
    endTime: instantOf(span.endTime),
    attributes: attributeData(span.attributes, span.droppedAttributesCount),
    events: {
      items: span.events.map(({ name, time, attributes, droppedAttributesCount }) => ({
        name,
        time: instantOf(time),
        attributes: attributeData(attributes, droppedAttributesCount),
      })),
      droppedCount: span.droppedEventsCount,
    },
    links: {
      items: span.links.map(({ context, attributes, droppedAttributesCount }) => ({
        context,
        attributes: attributeData(attributes, droppedAttributesCount),
      })),
      droppedCount: span.droppedLinksCount,
    },
    status,
  };
}

function instantOf([seconds, nanos]: readonly [number, number]): Instant {
  return { seconds, nanos };
}
