import {
  type Context,
  context as contextApi,
  type Exception,
  isSpanContextValid,
  type Logger,
  type LogRecord,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { type AttributeLimits, AttributeList, refill } from '../attributes/attribute-list.ts';
import { snapshot } from '../attributes/attribute-value.ts';
import { exceptionAttributes } from '../attributes/exception.ts';
import type { ScopeBuffer } from '../delivery/scope-buffer.ts';
import type { Timeline } from '../time.ts';
import { writeLogRecord } from './log-record.ts';

/** Which records a logger takes (OpenTelemetry specification, "LoggerConfig"). */
export interface LoggerConfig {
  /** Default true. */
  readonly enabled?: boolean;
  /** Records that say they are less severe are left out. Default 0, which leaves none out. */
  readonly minimumSeverity?: number;
  /** Whether records of traces that are not sampled are left out. Default false. */
  readonly traceBased?: boolean;
}

/** What a logger works with. */
export interface LoggerHost {
  readonly scopeBuffer: ScopeBuffer;
  readonly limits: AttributeLimits;
  readonly timeline: Timeline;
  readonly config: LoggerConfig;
  /** False once the provider has been shut down. */
  readonly isOpen: () => boolean;
}

/** Records of one scope, which are encoded when they are emitted. */
export class LightLogger implements Logger {
  readonly #host: LoggerHost;
  readonly #isEnabled: boolean;
  readonly #minimumSeverity: number;
  readonly #isTraceBased: boolean;
  #list: AttributeList | undefined;

  constructor(host: LoggerHost) {
    const { enabled = true, minimumSeverity = 0, traceBased = false } = host.config;
    this.#host = host;
    this.#isEnabled = enabled;
    this.#minimumSeverity = minimumSeverity;
    this.#isTraceBased = traceBased;
  }

  emit(record: LogRecord): void {
    const { timestamp, observedTimestamp, severityNumber = 0, severityText, body, attributes, exception } = record;
    const spanContext = trace.getSpanContext(record.context ?? contextApi.active());
    if (!this.#takes(severityNumber, spanContext)) return;
    const { scopeBuffer: lane, limits, timeline } = this.#host;
    // All that is the caller's own is copied first: what it runs (getters) must find no record half written.
    const list = this.#list ?? new AttributeList();
    this.#list = undefined;
    refill(list, attributes ?? NONE, limits);
    if (exception !== undefined && exception !== null) addException(list, exception, limits);
    const bodyCopy = snapshot(body, Number.POSITIVE_INFINITY);
    const now = timeline.read();
    const anchor = timeline.anchor(now);
    const time = timeline.at(timestamp, anchor, now);
    const observedTime = observedTimestamp === timestamp ? time : timeline.at(observedTimestamp, anchor, now);
    lane.put(writeLogRecord, {
      time,
      observedTime,
      severityNumber,
      severityText: severityText ?? '',
      body: bodyCopy,
      attributes: list,
      spanContext,
      eventName: record.eventName ?? '',
    });
    this.#list = list;
  }

  enabled(options: { context?: Context; severityNumber?: number; eventName?: string } = {}): boolean {
    if (!this.#host.isOpen()) return false;
    const { context, severityNumber = 0 } = options;
    const spanContext = this.#isTraceBased ? trace.getSpanContext(context ?? contextApi.active()) : undefined;
    return this.#takes(severityNumber, spanContext);
  }

  /** A record that does not say how severe it is passes any minimum, as one outside of traces passes their sampling. */
  #takes(severityNumber: number, spanContext: SpanContext | undefined): boolean {
    if (!this.#isEnabled) return false;
    if (severityNumber !== 0 && severityNumber < this.#minimumSeverity) return false;
    if (!this.#isTraceBased || spanContext === undefined || !isSpanContextValid(spanContext)) return true;
    return (spanContext.traceFlags & TraceFlags.SAMPLED) !== 0;
  }
}

const NONE = {};

/** What the caller says of the exception counts more than what is found in it. */
function addException(list: AttributeList, exception: unknown, limits: AttributeLimits): void {
  const attributes = exceptionAttributes(typeof exception === 'number' ? String(exception) : (exception as Exception));
  for (const key in attributes) if (!list.keys.includes(key)) list.set(key, attributes[key], limits);
}
