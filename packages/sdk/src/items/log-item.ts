import type { Exception, SpanContext, TimeInput } from '@opentelemetry/api';
import type { TagWriter } from '@otelier/otlp';
import { AttributeList, type Attributes, UNLIMITED } from '../attributes/attribute-list.ts';
import { type AttributeValue, snapshot } from '../attributes/attribute-value.ts';
import { exceptionAttributes } from '../attributes/exception.ts';
import { writeLogRecord } from '../logs/log-record.ts';
import { type Instant, Timeline } from '../time.ts';
import type { Item } from './item.ts';
import { itemRecorder } from './item-recorder.ts';

/** Creates a log record: `client.record(log('cart is empty').severity('warn').attribute('cart.id', 7))`. */
export function log(body?: unknown): LogItem {
  return new LogItem(body);
}

/** Severity name of a log record. It stands for the first severity number of its range in OTLP. */
export type SeverityName = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** A log record built with method calls, which a client can send without an SDK. Its time defaults to now. */
export class LogItem implements Item {
  readonly signal = 'logs';
  readonly itemCount = 1;
  readonly recorder = itemRecorder;
  readonly #body: AttributeValue | undefined;
  readonly #attributes = new AttributeList();
  readonly #observedTime: Instant;
  #time: Instant;
  #severityNumber = 0;
  #severityText = '';
  #spanContext: SpanContext | undefined;
  #eventName = '';

  constructor(body?: unknown) {
    this.#body = snapshot(body, Number.POSITIVE_INFINITY);
    this.#observedTime = timeline.at(undefined, timeline.anchor());
    this.#time = this.#observedTime;
  }

  /** Sets the severity by name or number, and optionally the original severity text. */
  severity(severity: SeverityName | number, text = ''): this {
    this.#severityNumber = typeof severity === 'number' ? severity : SEVERITIES.indexOf(severity) * 4 + 1;
    this.#severityText = text;
    return this;
  }

  attribute(key: string, value: unknown): this {
    this.#attributes.set(key, value, UNLIMITED);
    return this;
  }

  attributes(attributes: Attributes): this {
    this.#attributes.setAll(attributes, UNLIMITED);
    return this;
  }

  exception(exception: Exception): this {
    return this.attributes(exceptionAttributes(exception) ?? {});
  }

  /** Turns the record into an event with this name. */
  event(name: string): this {
    this.#eventName = name;
    return this;
  }

  /** Sets the span in which the record was emitted. */
  within(span: SpanContext): this {
    this.#spanContext = span;
    return this;
  }

  /** Sets the time of the record. */
  at(time: TimeInput): this {
    this.#time = timeline.at(time, timeline.anchor());
    return this;
  }

  write(writer: TagWriter): void {
    writeLogRecord(writer, {
      time: this.#time,
      observedTime: this.#observedTime,
      severityNumber: this.#severityNumber,
      severityText: this.#severityText,
      body: this.#body,
      attributes: this.#attributes,
      spanContext: this.#spanContext,
      eventName: this.#eventName,
    });
  }
}

const SEVERITIES: readonly SeverityName[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const timeline = /* @__PURE__ */ new Timeline();
