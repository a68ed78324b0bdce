import {
  type Exception,
  type Link,
  type Span,
  type SpanContext,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
  type TraceState,
} from '@opentelemetry/api';
import { AttributeList, type Attributes, listOf } from '../attributes/attribute-list.ts';
import { exceptionAttributes } from '../attributes/exception.ts';
import type { Lane } from '../delivery/lane.ts';
import type { Anchor, Timeline } from '../time.ts';
import { hexOf } from './ids.ts';
import type { ResolvedSpanLimits } from './limits.ts';
import { type EventRecord, type LinkRecord, type SpanRecord, writeSpan } from './span-record.ts';

/** What the spans of one tracer share. */
export interface SpanHost {
  readonly lane: Lane;
  readonly limits: ResolvedSpanLimits;
  readonly timeline: Timeline;
  /** Called before a span ends, while it can still be changed. */
  readonly onEnding: ((span: RecordingSpan) => void) | undefined;
}

/** Where a span stands in its trace. */
export interface SpanIdentity {
  readonly traceIdBytes: Uint8Array;
  readonly traceIdOffset: number;
  readonly spanIdBytes: Uint8Array;
  readonly spanIdOffset: number;
  readonly parentIdBytes: Uint8Array | undefined;
  readonly parentIdOffset: number;
  readonly flags: number;
}

/**
 * A span that records. Its parts are plain fields, which are encoded when it ends; ids stay bytes until somebody asks for
 * the context. What is set after the end is ignored.
 */
export class RecordingSpan implements Span, SpanRecord {
  readonly traceIdBytes: Uint8Array;
  readonly traceIdOffset: number;
  readonly spanIdBytes: Uint8Array;
  readonly spanIdOffset: number;
  readonly parentIdBytes: Uint8Array | undefined;
  readonly parentIdOffset: number;
  readonly flags: number;
  readonly kind: number;
  readonly startSeconds: number;
  readonly startNanos: number;
  readonly attributes = new AttributeList();
  name: string;
  endSeconds = 0;
  endNanos = 0;
  events: EventRecord[] | undefined;
  droppedEventCount = 0;
  links: LinkRecord[] | undefined;
  droppedLinkCount = 0;
  statusCode = 0;
  statusMessage = '';
  readonly #host: SpanHost;
  readonly #anchor: Anchor;
  readonly #traceState: TraceState | undefined;
  #context: SpanContext | undefined;
  #isRecording = true;

  constructor(
    host: SpanHost,
    name: string,
    kind: number,
    identity: SpanIdentity,
    traceState: TraceState | undefined,
    startTime: TimeInput | undefined,
  ) {
    this.#host = host;
    this.name = String(name);
    this.kind = kind;
    this.traceIdBytes = identity.traceIdBytes;
    this.traceIdOffset = identity.traceIdOffset;
    this.spanIdBytes = identity.spanIdBytes;
    this.spanIdOffset = identity.spanIdOffset;
    this.parentIdBytes = identity.parentIdBytes;
    this.parentIdOffset = identity.parentIdOffset;
    this.flags = identity.flags;
    this.#traceState = traceState;
    const now = host.timeline.read();
    this.#anchor = host.timeline.anchor(now);
    const start = host.timeline.at(startTime, this.#anchor, now);
    this.startSeconds = start.seconds;
    this.startNanos = start.nanos;
  }

  /** The trace state as an object of the API, for children. */
  get contextTraceState(): TraceState | undefined {
    return this.#traceState;
  }

  get traceState(): string {
    return this.#traceState?.serialize() ?? '';
  }

  spanContext(): SpanContext {
    this.#context ??= {
      traceId: hexOf(this.traceIdBytes, this.traceIdOffset, 16),
      spanId: hexOf(this.spanIdBytes, this.spanIdOffset, 8),
      traceFlags: this.flags & 0xff,
      ...(this.#traceState === undefined ? {} : { traceState: this.#traceState }),
    };
    return this.#context;
  }

  isRecording(): boolean {
    return this.#isRecording;
  }

  setAttribute(key: string, value: unknown): this {
    if (this.#isRecording) this.attributes.set(key, value, this.#host.limits.attributes);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    if (this.#isRecording) this.attributes.setAll(attributes, this.#host.limits.attributes);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (!this.#isRecording) return this;
    const { limits, timeline } = this.#host;
    const isTime = isTimeInput(attributesOrTime);
    this.events ??= [];
    this.events.push({
      name: String(name),
      time: timeline.at(time ?? (isTime ? attributesOrTime : undefined), this.#anchor),
      attributes: isTime ? undefined : listOf(attributesOrTime, limits.eventAttributes),
    });
    if (this.events.length > limits.events) {
      this.events.shift();
      this.droppedEventCount++;
    }
    return this;
  }

  addLink(link: Link): this {
    if (!this.#isRecording) return this;
    const { limits } = this.#host;
    this.links ??= [];
    this.links.push({ context: link.context, attributes: listOf(link.attributes, limits.linkAttributes) });
    if (this.links.length > limits.links) {
      this.links.shift();
      this.droppedLinkCount++;
    }
    return this;
  }

  addLinks(links: readonly Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  /** `OK` is final, and `UNSET` is never set (OpenTelemetry specification, "Set Status"). */
  setStatus({ code, message }: SpanStatus): this {
    if (!this.#isRecording || code === SpanStatusCode.UNSET || this.statusCode === SpanStatusCode.OK) return this;
    this.statusCode = code;
    this.statusMessage = code === SpanStatusCode.ERROR && typeof message === 'string' ? message : '';
    return this;
  }

  updateName(name: string): this {
    if (this.#isRecording) this.name = String(name);
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const attributes = exceptionAttributes(exception);
    if (attributes !== undefined) this.addEvent('exception', attributes, time);
  }

  end(endTime?: TimeInput): void {
    if (!this.#isRecording) return;
    const { lane, timeline, onEnding } = this.#host;
    const end = timeline.at(endTime, this.#anchor);
    // A clock that went back gives no negative duration.
    const isBefore =
      end.seconds < this.startSeconds || (end.seconds === this.startSeconds && end.nanos < this.startNanos);
    this.endSeconds = isBefore ? this.startSeconds : end.seconds;
    this.endNanos = isBefore ? this.startNanos : end.nanos;
    onEnding?.(this);
    this.#isRecording = false;
    if ((this.flags & SAMPLED) === 0) return;
    const writer = lane.begin();
    if (writer === undefined) return;
    writeSpan(writer, this);
    lane.commit();
  }
}

function isTimeInput(value: Attributes | TimeInput | undefined): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || Array.isArray(value);
}

const SAMPLED = 1;
