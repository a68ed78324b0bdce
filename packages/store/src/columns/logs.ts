import type { ParquetColumn } from '../parquet/column.ts';
import { BITS } from '../schema.ts';
import type { HeldMessages } from './held-messages.ts';
import { ItemBuilder } from './item-builder.ts';
import { JsonWriter } from './json.ts';
import { FIELD, type KernelShape } from './kernel/item-kernel.ts';
import { BytesBuilder } from './values/bytes-builder.ts';
import { hexColumn } from './values/hex-column.ts';
import { Words32Builder, Words64Builder } from './values/words-builders.ts';
import { assertEnd, skip, varint, varintEnd, varintLow } from './wire.ts';

/** The columns are those of `kernelTargets`. */
const SHAPE: KernelShape = {
  fields: [
    [0x32, FIELD.attribute, 0],
    [0x09, FIELD.time, 0],
    [0x59, FIELD.time, 1],
    [0x10, FIELD.small, 2],
    [0x1a, FIELD.text, 3],
    [0x2a, FIELD.anyText, 4],
    [0x4a, FIELD.bytes, 5],
    [0x52, FIELD.id, 6],
    [0x62, FIELD.text, 7],
    [0x38, FIELD.small, 8],
    [0x45, FIELD.fixed32, 9],
  ],
  required: [0],
};

/** Builds the columns of log records (opentelemetry/proto/logs/v1/logs.proto). */
export class LogsBuilder extends ItemBuilder {
  readonly #time = new Words64Builder(false);
  readonly #observedTime = new Words64Builder(true);
  readonly #severityNumber = new Words32Builder(false);
  readonly #severityText = new BytesBuilder(true);
  readonly #body = new BytesBuilder(true);
  readonly #traceId = new BytesBuilder(false);
  readonly #spanId = new Words64Builder(true);
  readonly #eventName = new BytesBuilder(true);
  readonly #droppedAttributes = new Words32Builder(true);
  readonly #flags = new Words32Builder(true);
  readonly #json = new JsonWriter();

  protected override items(found: HeldMessages, _resource: number, _scope: number, bits: number): number {
    const { ranges, length } = found;
    const first = Math.min(length, this.skip * 2);
    if (first > 0) this.skipItems(first / 2);
    let next = first > 0 ? 0 : bits;
    for (let i = first; i < length; i += 2) {
      this.add(ranges[i], ranges[i + 1], next);
      next = 0;
    }
    return next;
  }

  protected override kernelShape(): KernelShape {
    return SHAPE;
  }

  protected override kernelTargets() {
    return [
      ...[this.#time, this.#observedTime, this.#severityNumber, this.#severityText, this.#body],
      ...[this.#traceId, this.#spanId, this.#eventName, this.#droppedAttributes, this.#flags],
    ];
  }

  protected override item(row: number, from: number, to: number): number {
    const { source, view, attributes } = this;
    let timeAt = -1;
    let observedAt = -1;
    let severity = 0;
    attributes.begin();
    let at = from;
    while (at < to) {
      const field = at;
      const tag = source[at++];
      if ((tag & 7) === 2 && tag < 0x80) {
        let length = source[at];
        if (length < 0x80) {
          at++;
        } else {
          length = varint(source, at);
          at = varintEnd(source, at);
        }
        const end = at + length;
        switch (tag) {
          case 0x32:
            if (!attributes.add(row, source, view, at, end)) this.keep(field, end);
            break;
          case 0x2a:
            if (!this.#setBody(row, at, end)) this.keep(field, end);
            break;
          case 0x1a:
            if (length > 0 && !this.#severityText.set(row, source, view, at, length)) this.keep(field, end);
            break;
          case 0x4a:
            if (length > 0) this.#traceId.set(row, source, view, at, length);
            break;
          case 0x52:
            if (length === 8) this.#spanId.set(row, view.getUint32(at, true), view.getUint32(at + 4, true));
            else if (length > 0) this.keep(field, end);
            break;
          case 0x62:
            if (length > 0 && !this.#eventName.set(row, source, view, at, length)) this.keep(field, end);
            break;
          default:
            this.keep(field, end);
        }
        at = end;
        continue;
      }
      switch (tag) {
        case 0x09:
          timeAt = at;
          at += 8;
          break;
        case 0x59:
          observedAt = at;
          at += 8;
          break;
        case 0x10:
          severity = varintLow(source, at);
          at = varintEnd(source, at);
          break;
        case 0x38: {
          const count = varintLow(source, at);
          if (count !== 0) this.#droppedAttributes.set(row, count);
          at = varintEnd(source, at);
          break;
        }
        case 0x45: {
          const flags = view.getUint32(at, true);
          if (flags !== 0) this.#flags.set(row, flags);
          at += 4;
          break;
        }
        default: {
          const wide = varint(source, field);
          at = skip(source, varintEnd(source, field), wide);
          this.keep(field, at);
        }
      }
    }
    assertEnd(at, to);
    this.#severityNumber.set(row, severity);
    this.setTime(this.#observedTime, row, observedAt);
    if (this.setTime(this.#time, row, timeAt)) return 0;
    if (!this.setTime(this.#time, row, observedAt, false)) this.setArrival(this.#time, row);
    return BITS.timeAbsent;
  }

  /** Stores a string body unchanged and any other body as JSON. Returns `false` if its wire bytes must be retained. */
  #setBody(row: number, from: number, to: number): boolean {
    const { source, view } = this;
    if (to > from && source[from] === 0x0a && varintEnd(source, from + 1) + varint(source, from + 1) === to) {
      const at = varintEnd(source, from + 1);
      return this.#body.set(row, source, view, at, to - at);
    }
    this.#json.reset();
    this.#json.anyValue(source, view, from, to);
    this.#body.setBytes(row, this.#json.view());
    this.#json.clear();
    return false;
  }

  protected override ownColumns(from: number, to: number): readonly ParquetColumn[] {
    return [
      this.#time.column('time', 'time', from, to),
      this.#observedTime.column('observed_time', 'time', from, to),
      this.#severityNumber.column('severity_number', 'int32', from, to),
      this.#severityText.column('severity_text', 'text', from, to),
      this.#body.column('body', 'text', from, to),
      hexColumn('trace_id', this.#traceId, from, to),
      this.#spanId.column('span_id', 'id8', from, to),
      this.#eventName.column('event_name', 'text', from, to),
      this.#droppedAttributes.column('dropped_attributes_count', 'uint32', from, to),
      this.#flags.column('flags', 'uint32', from, to),
    ];
  }

  protected override ownBuilders() {
    return [
      this.#time,
      this.#observedTime,
      this.#severityNumber,
      this.#severityText,
      this.#body,
      this.#traceId,
      this.#spanId,
      this.#eventName,
      this.#droppedAttributes,
      this.#flags,
    ];
  }

  protected override timeColumn(): Words64Builder {
    return this.#time;
  }

  protected override traceColumn(): BytesBuilder {
    return this.#traceId;
  }
}
