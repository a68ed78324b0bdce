import type {
  Context,
  Exception,
  Link,
  Span,
  SpanContext,
  SpanOptions,
  SpanStatus,
  TimeInput,
  TraceState,
} from '@opentelemetry/api';
import { AttributeList, type Attributes, listOf } from '../attributes/attribute-list.ts';
import { exceptionAttributes } from '../attributes/exception.ts';
import type { ScopeBuffer } from '../delivery/scope-buffer.ts';
import type { Anchor, Instant, Timeline } from '../time.ts';
import { hexOf, SPAN_ID } from './ids.ts';
import type { ResolvedSpanLimits } from './limits.ts';
import { notifyObservers } from './notify-observers.ts';
import { type BoundedList, type EventRecord, type LinkRecord, type SpanRecord, writeSpan } from './span-record.ts';

/** The state shared by a tracer's spans. */
export interface SpanHost {
  readonly scopeBuffer: ScopeBuffer;
  readonly limits: ResolvedSpanLimits;
  readonly timeline: Timeline;
  readonly observers: readonly SpanObserver[];
}

/** An observer of recording spans, which is called when they start and end and may modify them. */
export interface SpanObserver {
  onStart?(span: RecordingSpan, parentContext: Context): void;
  /** Called when the span is about to end, after its end time has been set. */
  onEnding?(span: RecordingSpan): void;
}

/**
 * A recording span. Its fields are encoded when it ends. IDs remain bytes until the context is requested. Changes after
 * the end are ignored.
 */
export class RecordingSpan implements Span, SpanRecord {
  declare readonly ids: DataView;
  declare readonly idOffset: number;
  declare readonly hasParent: boolean;
  declare readonly flags: number;
  declare readonly traceState: TraceState | undefined;
  declare readonly kind: number;
  declare readonly startTime: Instant;
  declare endTime: Instant;
  declare name: string;
  readonly attributes = new AttributeList();
  status: SpanStatus = UNSET_STATUS;
  events: BoundedList<EventRecord> | undefined;
  links: BoundedList<LinkRecord> | undefined;
  readonly #host: SpanHost;
  readonly #anchor: Anchor;
  #context: SpanContext | undefined;
  #isRecording = true;

  constructor(
    host: SpanHost,
    name: string,
    { kind = INTERNAL, startTime }: SpanOptions,
    ids: DataView,
    idOffset: number,
    hasParent: boolean,
    flags: number,
    traceState: TraceState | undefined,
  ) {
    const { timeline } = host;
    const now = timeline.read();
    this.#host = host;
    this.name = String(name);
    this.kind = kind;
    this.ids = ids;
    this.idOffset = idOffset;
    this.hasParent = hasParent;
    this.flags = flags;
    this.traceState = traceState;
    this.#anchor = timeline.anchor(now);
    this.startTime = timeline.at(startTime, this.#anchor, now);
    this.endTime = this.startTime;
  }

  spanContext(): SpanContext {
    this.#context ??= contextOf(this.ids, this.idOffset, this.flags, this.traceState);
    return this.#context;
  }

  isRecording(): boolean {
    return this.#isRecording;
  }

  setAttribute(key: string, value: unknown): this {
    if (this.#isRecording) this.attributes.set(key, value, this.#host.limits.attributes);
    return this;
  }

  setAttributes(attributes: Attributes | undefined): this {
    if (this.#isRecording) this.attributes.setAll(attributes, this.#host.limits.attributes);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (!this.#isRecording) return this;
    const { limits, timeline } = this.#host;
    const isTime =
      typeof attributesOrTime === 'number' || attributesOrTime instanceof Date || Array.isArray(attributesOrTime);
    const event = {
      name: String(name),
      time: timeline.at(time ?? (isTime ? (attributesOrTime as TimeInput) : undefined), this.#anchor),
      attributes: isTime ? undefined : listOf(attributesOrTime as Attributes | undefined, limits.eventAttributes),
    };
    this.events = append(this.events, event, limits.events);
    return this;
  }

  addLink({ context, attributes }: Link): this {
    if (!this.#isRecording) return this;
    const { limits } = this.#host;
    const link = { context, attributes: listOf(attributes, limits.linkAttributes) };
    this.links = append(this.links, link, limits.links);
    return this;
  }

  addLinks(links: readonly Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  /** Sets the status. `OK` is final, and `UNSET` is ignored (OpenTelemetry specification, "Set Status"). */
  setStatus({ code, message }: SpanStatus): this {
    if (!this.#isRecording || code === UNSET || this.status.code === OK) return this;
    this.status = code === ERROR && typeof message === 'string' ? { code, message } : { code };
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
    const { scopeBuffer, timeline, observers } = this.#host;
    const { startTime } = this;
    const end = timeline.at(endTime, this.#anchor);
    // If the clock went back, the duration is 0.
    if ((end.seconds - startTime.seconds || end.nanos - startTime.nanos) > 0) this.endTime = end;
    if (observers.length > 0) notifyObservers(observers, (observer) => observer.onEnding?.(this));
    this.#isRecording = false;
    if ((this.flags & SAMPLED) !== 0) scopeBuffer.put(writeSpan, this);
  }
}

/** Returns the span context as defined by the API. */
export function contextOf(
  ids: DataView,
  offset: number,
  flags: number,
  traceState: TraceState | undefined,
): SpanContext {
  const context = {
    traceId: hexOf(ids, offset, 16),
    spanId: hexOf(ids, offset + SPAN_ID, 8),
    traceFlags: flags & 0xff,
  };
  return traceState === undefined ? context : { ...context, traceState };
}

/** Appends an item, dropping the oldest one if the limit is exceeded. */
function append<T>(existing: BoundedList<T> | undefined, item: T, limit: number): BoundedList<T> {
  const list = existing ?? { items: [], droppedCount: 0 };
  if (list.items.push(item) > limit) {
    list.items.shift();
    list.droppedCount++;
  }
  return list;
}

/** The W3C sampled flag. */
export const SAMPLED = 1;
// Copies of the API's enum values, so that bundles need not include the enums.
const INTERNAL = 0;
const UNSET = 0;
const UNSET_STATUS = { code: UNSET };
const OK = 1;
const ERROR = 2;
