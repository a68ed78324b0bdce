import type { ParquetColumn } from '../parquet/column.ts';
import { BITS } from '../schema.ts';
import type { HeldMessages } from './held-messages.ts';
import { ItemBuilder } from './item-builder.ts';
import { JsonWriter } from './json.ts';
import { FIELD, type KernelShape } from './kernel/item-kernel.ts';
import { EnumBuilder, SPAN_KINDS, STATUS_CODES } from './names.ts';
import { writeEvents, writeLinks } from './nested/nested-json.ts';
import { NestedRanges } from './nested/nested-ranges.ts';
import { BytesBuilder } from './values/bytes-builder.ts';
import { hexColumn } from './values/hex-column.ts';
import { Words32Builder, Words64Builder } from './values/words-builders.ts';
import { assertEnd, skip, varint, varintEnd, varintLow } from './wire.ts';

/** The columns are those of `kernelTargets`. */
const SHAPE: KernelShape = {
  fields: [
    [0x4a, FIELD.attribute, 0],
    [0x0a, FIELD.bytes, 0],
    [0x12, FIELD.id, 1],
    [0x22, FIELD.id, 2],
    [0x1a, FIELD.text, 3],
    [0x2a, FIELD.text, 4],
    [0x30, FIELD.small, 5],
    [0x39, FIELD.time, 6],
    [0x41, FIELD.time, 7],
    [0x7a, FIELD.status, 8],
    [0x50, FIELD.small, 10],
    [0x60, FIELD.small, 11],
    [0x70, FIELD.small, 12],
    [0x85, FIELD.wideFixed32, 13],
  ],
  required: [4, 6, 7],
  start: 6,
};

/** Builds the columns of spans (opentelemetry/proto/trace/v1/trace.proto). */
export class SpansBuilder extends ItemBuilder {
  readonly #traceId = new BytesBuilder(false);
  readonly #spanId = new Words64Builder(true);
  readonly #parentSpanId = new Words64Builder(true);
  readonly #traceState = new BytesBuilder(true);
  readonly #name = new BytesBuilder(true);
  readonly #kind = new EnumBuilder(SPAN_KINDS);
  readonly #start = new Words64Builder(false);
  readonly #duration = new Words64Builder(false);
  readonly #statusCode = new EnumBuilder(STATUS_CODES);
  readonly #statusMessage = new BytesBuilder(true);
  readonly #events = new BytesBuilder(true);
  readonly #links = new BytesBuilder(true);
  readonly #droppedAttributes = new Words32Builder(true);
  readonly #droppedEvents = new Words32Builder(true);
  readonly #droppedLinks = new Words32Builder(true);
  readonly #flags = new Words32Builder(true);

  readonly #emptyName = this.#name.dictionary.internText('');
  readonly #json = new JsonWriter();
  readonly #eventRanges = new NestedRanges((from, to) => this.keep(from, to));
  readonly #linkRanges = new NestedRanges((from, to) => this.keep(from, to));

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
      ...[this.#traceId, this.#spanId, this.#parentSpanId, this.#traceState, this.#name, this.#kind],
      ...[this.#start, this.#duration, this.#statusCode, this.#statusMessage],
      ...[this.#droppedAttributes, this.#droppedEvents, this.#droppedLinks, this.#flags],
    ];
  }

  protected override item(row: number, from: number, to: number): number {
    const { source, view, attributes } = this;
    let startLow = 0;
    let startHigh = 0;
    let endLow = 0;
    let endHigh = 0;
    let startAt = 0;
    let endAt = 0;
    let named = false;
    let kind = 0;
    let statusFrom = -1;
    let statusTo = 0;
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
          case 0x4a:
            if (!attributes.add(row, source, view, at, end)) this.keep(field, end);
            break;
          case 0x0a:
            if (length > 0) this.#traceId.set(row, source, view, at, length);
            break;
          case 0x12:
            if (length === 8) this.#spanId.set(row, view.getUint32(at, true), view.getUint32(at + 4, true));
            else if (length > 0) this.keep(field, end);
            break;
          case 0x22:
            if (length === 8) this.#parentSpanId.set(row, view.getUint32(at, true), view.getUint32(at + 4, true));
            else if (length > 0) this.keep(field, end);
            break;
          case 0x1a:
            if (length > 0 && !this.#traceState.set(row, source, view, at, length)) this.keep(field, end);
            break;
          case 0x2a:
            named = true;
            if (!this.#name.set(row, source, view, at, length)) this.keep(field, end);
            break;
          case 0x5a:
            this.#eventRanges.add(field, at, end);
            break;
          case 0x6a:
            this.#linkRanges.add(field, at, end);
            break;
          case 0x7a:
            statusFrom = at;
            statusTo = end;
            break;
          default:
            this.keep(field, end);
        }
        at = end;
        continue;
      }
      switch (tag) {
        case 0x30:
          kind = varintLow(source, at);
          at = varintEnd(source, at);
          break;
        case 0x39:
          startAt = at;
          startLow = view.getUint32(at, true);
          startHigh = view.getUint32(at + 4, true);
          at += 8;
          break;
        case 0x41:
          endAt = at;
          endLow = view.getUint32(at, true);
          endHigh = view.getUint32(at + 4, true);
          at += 8;
          break;
        case 0x50:
          at = this.#count(this.#droppedAttributes, row, at);
          break;
        case 0x60:
          at = this.#count(this.#droppedEvents, row, at);
          break;
        case 0x70:
          at = this.#count(this.#droppedLinks, row, at);
          break;
        default: {
          const wide = varint(source, field);
          at = varintEnd(source, field);
          if (wide === 0x85) {
            const flags = view.getUint32(at, true);
            if (flags !== 0) this.#flags.set(row, flags);
            at += 4;
          } else {
            at = skip(source, at, wide);
            this.keep(field, at);
          }
        }
      }
    }
    assertEnd(at, to);
    if (!named) this.#name.setEntry(row, this.#emptyName);
    this.#kind.set(row, kind);
    let bits = this.#times(row, startLow, startHigh, endLow, endHigh, startAt, endAt);
    if (statusFrom < 0) this.#statusCode.set(row, 0);
    else bits |= this.#status(row, statusFrom, statusTo);
    if (this.#eventRanges.ranges.length > 0) this.#nested(row, this.#eventRanges, this.#events, writeEvents);
    if (this.#linkRanges.ranges.length > 0) this.#nested(row, this.#linkRanges, this.#links, writeLinks);
    return bits;
  }

  #count(column: Words32Builder, row: number, at: number): number {
    const count = varintLow(this.source, at);
    if (count !== 0) column.set(row, count);
    return varintEnd(this.source, at);
  }

  #times(
    row: number,
    startLow: number,
    startHigh: number,
    endLow: number,
    endHigh: number,
    startAt: number,
    endAt: number,
  ): number {
    let bits = 0;
    const noEnd = endLow === 0 && endHigh === 0;
    if (noEnd) bits |= BITS.endAbsent;
    if (startLow === 0 && startHigh === 0) {
      bits |= BITS.timeAbsent;
      if (noEnd) {
        const nanos = BigInt(this.arrivalMillis) * 1_000_000n;
        startLow = Number(nanos & 0xffff_ffffn);
        startHigh = Number(nanos >> 32n);
      } else {
        startLow = endLow;
        startHigh = endHigh;
      }
    }
    if (((startHigh | endHigh) & 0x8000_0000) !== 0) {
      // After the year 2262, the limit of nanosecond timestamps in Parquet and DuckDB.
      if (startAt > 0) this.keep(startAt - 1, startAt + 8);
      if (endAt > 0) this.keep(endAt - 1, endAt + 8);
      this.#start.set(row, startHigh > 0x7fff_ffff ? 0xffff_fffe : startLow, Math.min(startHigh, 0x7fff_ffff));
      this.#duration.set(row, 0, 0);
      return bits;
    }
    this.#start.set(row, startLow, startHigh);
    if (noEnd) this.#duration.set(row, 0, 0);
    else this.#duration.set(row, endLow - startLow, endHigh - startHigh - (endLow < startLow ? 1 : 0));
    return bits;
  }

  /** Reads the status. If it has fields other than code and message, its wire bytes are retained. */
  #status(row: number, from: number, to: number): number {
    const { source, view } = this;
    let code = 0;
    let exact = true;
    let empty = true;
    let at = from;
    while (at < to) {
      const tag = source[at++];
      if (tag === 0x18) {
        code = varintLow(source, at);
        if (code !== 0) empty = false;
        at = varintEnd(source, at);
      } else if (tag === 0x12) {
        const length = varint(source, at);
        at = varintEnd(source, at);
        if (length > 0) {
          empty = false;
          if (!this.#statusMessage.set(row, source, view, at, length)) exact = false;
        }
        at += length;
      } else {
        exact = false;
        const wide = varint(source, at - 1);
        at = skip(source, varintEnd(source, at - 1), wide);
      }
    }
    assertEnd(at, to);
    this.#statusCode.set(row, code);
    if (!exact) this.keepMessage(0x7a, from, to);
    return exact && empty ? BITS.statusEmpty : 0;
  }

  /** Writes events or links as JSON, and retains their wire bytes if the JSON is inexact. */
  #nested(row: number, nested: NestedRanges, column: BytesBuilder, write: typeof writeEvents): void {
    this.#json.reset();
    write(this.#json, this.source, this.view, nested.ranges);
    column.setBytes(row, this.#json.view());
    if (!this.#json.exact && !nested.isCut) nested.keepAll();
    nested.clear();
    this.#json.clear();
  }

  protected override ownColumns(from: number, to: number): readonly ParquetColumn[] {
    return [
      hexColumn('trace_id', this.#traceId, from, to),
      this.#spanId.column('span_id', 'id8', from, to),
      this.#parentSpanId.column('parent_span_id', 'id8', from, to),
      this.#traceState.column('trace_state', 'text', from, to),
      this.#name.column('name', 'text', from, to, true),
      this.#kind.column.column('kind', 'text', from, to, true),
      this.#start.column('start_time', 'time', from, to),
      this.#duration.column('duration_ns', 'int64', from, to),
      this.#statusCode.column.column('status_code', 'text', from, to, true),
      this.#statusMessage.column('status_message', 'text', from, to),
      this.#events.column('events', 'text', from, to),
      this.#links.column('links', 'text', from, to),
      this.#droppedAttributes.column('dropped_attributes_count', 'uint32', from, to),
      this.#droppedEvents.column('dropped_events_count', 'uint32', from, to),
      this.#droppedLinks.column('dropped_links_count', 'uint32', from, to),
      this.#flags.column('flags', 'uint32', from, to),
    ];
  }

  protected override ownBuilders() {
    return [
      this.#traceId,
      this.#spanId,
      this.#parentSpanId,
      this.#traceState,
      this.#name,
      this.#kind.column,
      this.#start,
      this.#duration,
      this.#statusCode.column,
      this.#statusMessage,
      this.#events,
      this.#links,
      this.#droppedAttributes,
      this.#droppedEvents,
      this.#droppedLinks,
      this.#flags,
    ];
  }

  protected override timeColumn(): Words64Builder {
    return this.#start;
  }

  protected override traceColumn(): BytesBuilder {
    return this.#traceId;
  }
}
