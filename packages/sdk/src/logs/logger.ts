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

/**
 * The configuration of a logger, which determines the records that it accepts (OpenTelemetry specification,
 * "LoggerConfig").
 */
export interface LoggerConfig {
  /** Whether the logger is enabled. Default true. */
  readonly enabled?: boolean;
  /** Minimum severity number. Records without a severity are always accepted. Default 0. */
  readonly minimumSeverity?: number;
  /** Whether to drop records of unsampled traces. Default false. */
  readonly traceBased?: boolean;
}

/** The dependencies that a logger gets from its provider. */
export interface LoggerHost {
  readonly scopeBuffer: ScopeBuffer;
  readonly limits: AttributeLimits;
  readonly timeline: Timeline;
  readonly config: LoggerConfig;
  /** Reports whether the provider is running. */
  readonly isOpen: () => boolean;
}

/** A logger for one scope. Records are encoded when they are emitted. */
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
    if (!this.#accepts(severityNumber, spanContext)) return;
    const { scopeBuffer, limits, timeline } = this.#host;
    // The caller's data is copied first, because getters must not run while a record is half written.
    const list = this.#list ?? new AttributeList();
    this.#list = undefined;
    refill(list, attributes ?? NONE, limits);
    if (exception !== undefined && exception !== null) addException(list, exception, limits);
    const bodyCopy = snapshot(body, Number.POSITIVE_INFINITY);
    const now = timeline.read();
    const anchor = timeline.anchor(now);
    const time = timeline.at(timestamp, anchor, now);
    const observedTime = observedTimestamp === timestamp ? time : timeline.at(observedTimestamp, anchor, now);
    scopeBuffer.put(writeLogRecord, {
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
    return this.#accepts(severityNumber, spanContext);
  }

  /**
   * Reports whether a record is accepted. Records without a severity pass any minimum, and records outside of a trace
   * pass the sampling check.
   */
  #accepts(severityNumber: number, spanContext: SpanContext | undefined): boolean {
    if (!this.#isEnabled) return false;
    if (severityNumber !== 0 && severityNumber < this.#minimumSeverity) return false;
    if (!this.#isTraceBased || spanContext === undefined || !isSpanContextValid(spanContext)) return true;
    return (spanContext.traceFlags & TraceFlags.SAMPLED) !== 0;
  }
}

const NONE = {};

/** Adds the attributes of an exception. Attributes set by the caller take precedence. */
function addException(list: AttributeList, exception: unknown, limits: AttributeLimits): void {
  const attributes = exceptionAttributes(typeof exception === 'number' ? String(exception) : (exception as Exception));
  for (const key in attributes) if (!list.keys.includes(key)) list.set(key, attributes[key], limits);
}
