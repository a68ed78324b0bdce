import type { MetricKind } from '../contract.ts';
import { ByteWriter } from '../parquet/byte-writer.ts';
import type { BoolColumn, DeferredColumn, ParquetColumn } from '../parquet/column.ts';
import { BITS } from '../schema.ts';
import { isPlainDouble } from './attribute-types.ts';
import { HeldMessages } from './held-messages.ts';
import { ItemBuilder } from './item-builder.ts';
import { JsonWriter } from './json.ts';
import { type ItemKernel, type KernelShape, ROWS } from './kernel/item-kernel.ts';
import {
  METRIC_KINDS,
  NUMBER_FIELDS,
  POINT_SHAPES,
  type PointShape,
  type TextField,
  ZERO_WHEN_ABSENT,
} from './metric-shapes.ts';
import { createMetrics, writeMetricBlob } from './metrics.ts';
import { writeExemplars } from './nested/nested-json.ts';
import { NestedRanges } from './nested/nested-ranges.ts';
import { SeriesHash } from './series-hash.ts';
import { BytesBuilder } from './values/bytes-builder.ts';
import { Words32Builder, Words64Builder } from './values/words-builders.ts';
import { assertEnd, forEachField, skip, varint, varint64, varintEnd, varintLow } from './wire.ts';

const pair = new Uint32Array(2);
/** The tag of field 1, which holds the points in every kind of metric data. */
const POINTS_TAG = 0x0a;

/** Builds the columns of data points of all five kinds (opentelemetry/proto/metrics/v1/metrics.proto). */
export class PointsBuilder extends ItemBuilder {
  readonly #metrics = createMetrics();
  readonly #points = new HeldMessages();
  readonly #time = new Words64Builder(false);
  readonly #startTime = new Words64Builder(true);
  readonly #words64 = {
    value_double: new Words64Builder(true),
    value_int: new Words64Builder(true),
    count: new Words64Builder(true),
    sum: new Words64Builder(true),
    min: new Words64Builder(true),
    max: new Words64Builder(true),
    zero_count: new Words64Builder(true),
    zero_threshold: new Words64Builder(true),
  };
  readonly #texts = {
    explicit_bounds: new BytesBuilder(true),
    bucket_counts: new BytesBuilder(true),
    positive: new BytesBuilder(true),
    negative: new BytesBuilder(true),
    quantiles: new BytesBuilder(true),
    exemplars: new BytesBuilder(true),
  };
  readonly #scale = new Words32Builder(true);
  readonly #flags = new Words32Builder(true);
  readonly #series = new Words64Builder(false);

  readonly #hash = new SeriesHash();
  /** For each point that waits, the hash of its metric. */
  readonly #bases = new Int32Array(ROWS * 2);
  /** The hash of the current metric. */
  #low = 0;
  #high = 0;
  readonly #json = new JsonWriter();
  readonly #blob = new ByteWriter(256);
  // Ranges of the current point's repeated fields that are combined into one JSON value, by column, as triples (see
  // `nestedJson`).
  readonly #repeated = new Map<TextField['column'], { readonly spec: TextField; readonly nested: NestedRanges }>();

  protected override items(found: HeldMessages, resource: number, scope: number, bits: number): number {
    const { ranges, length } = found;
    let next = bits;
    for (let i = 0; i < length && !this.stopped; i += 2) {
      next = this.#metric(ranges[i], ranges[i + 1], resource, scope, next);
    }
    return next;
  }

  /** Adds the points in each of a metric's data fields. A sender that respects the oneof sends only one. */
  #metric(from: number, to: number, resource: number, scope: number, bits: number): number {
    const { source } = this;
    const points = this.#points;
    let next = bits | BITS.startsMetric;
    forEachField(source, from, to, (field, wireType, at, end) => {
      const kind = METRIC_KINDS.get(field);
      if (kind === undefined || wireType !== 2 || this.stopped) return;
      points.begin(source, POINTS_TAG, at, end);
      if (!points.next()) return;
      const metric = this.#metrics.entryOf(writeMetricBlob(this.#blob, source, { from, to, field, at, end }));
      this.#hash.begin(this.resources.blob(resource), this.scopes.blob(scope), this.#metrics.blob(metric));
      this.#low = this.#hash.low();
      this.#high = this.#hash.high();
      next = this.#addPoints(points, kind, metric, next);
      while (points.next() && !this.checkMemory(points.ranges[0])) {
        next = this.#addPoints(points, kind, metric, next);
      }
    });
    return next === 0 ? 0 : bits;
  }

  #addPoints({ ranges, length }: HeldMessages, kind: MetricKind, metric: number, bits: number): number {
    const shape = POINT_SHAPES[kind];
    const first = Math.min(length, this.skip * 2);
    if (first > 0) this.skipItems(first / 2);
    let next = first > 0 ? 0 : bits;
    const before = this.rows;
    const canWait = this.canWait && shape === POINT_SHAPES.gauge;
    if (!canWait) {
      this.readWaiting();
      this.#hash.resume(this.#low, this.#high);
    }
    for (let i = first; i < length; i += 2) {
      if (canWait) {
        const index = this.wait(ranges[i], ranges[i + 1], next);
        this.#bases[index * 2] = this.#low;
        this.#bases[index * 2 + 1] = this.#high;
        next = 0;
        continue;
      }
      const row = this.rows;
      this.addSize(row, ranges[i], ranges[i + 1]);
      for (const column of ZERO_WHEN_ABSENT[kind]) this.#words64[column].set(row, 0, 0);
      if (kind === 'exponential_histogram') this.#scale.set(row, 0);
      const own = this.#point(row, ranges[i], ranges[i + 1], shape);
      this.endRow(row, own | next);
      next = 0;
    }
    this.#metrics.fill(before, this.rows, metric);
    return next;
  }

  protected override kernelShape(): KernelShape {
    return NUMBER_FIELDS;
  }

  protected override kernelTargets() {
    const { value_double, value_int } = this.#words64;
    return [this.#startTime, this.#time, value_double, value_int, this.#flags];
  }

  protected override item(row: number, from: number, to: number): number {
    return this.#point(row, from, to, POINT_SHAPES.gauge);
  }

  protected override beginWaiting(index: number): void {
    this.#hash.resume(this.#bases[index * 2], this.#bases[index * 2 + 1]);
  }

  protected override endWaiting(first: number, from: number, to: number, { nodes, hashes }: ItemKernel): void {
    for (let i = from; i < to; i++) {
      if (nodes[i] === 0) continue;
      const low = (this.#bases[i * 2] + hashes[i * 2]) | 0;
      this.#series.set(first + i - from, low, (this.#bases[i * 2 + 1] + hashes[i * 2 + 1]) | 0);
    }
  }

  /** Reads one point into `row` and returns its bits. */
  #point(row: number, from: number, to: number, shape: PointShape): number {
    const { source, view, attributes } = this;
    let timeAt = -1;
    let startTimeAt = -1;
    attributes.begin();
    this.#hash.point();
    let next = from;
    while (next < to) {
      const start = next;
      let tag = source[start];
      let at = start + 2;
      if ((tag & 0x87) === 2 && source[start + 1] < 0x80) {
        // Tag and length of one byte each, as nearly all attributes have.
        next = at + source[start + 1];
      } else {
        tag = varint(source, start);
        at = varintEnd(source, start);
        next = skip(source, at, tag);
        if ((tag & 7) === 2) at = varintEnd(source, at);
      }
      if (next > to || next < at) throw new RangeError(`field at byte ${start} reaches beyond its message`);
      const spec = shape[tag];
      if (spec === undefined) {
        this.keep(start, next);
        continue;
      }
      switch (spec.kind) {
        case 'attribute':
          this.#hash.attribute(view, at, next);
          if (!attributes.add(row, source, view, at, next)) this.keep(start, next);
          break;
        case 'time':
          if (spec.column === 'time') timeAt = at;
          else startTimeAt = at;
          break;
        case 'fixed64':
          // Stale markers are NaNs with a payload, which some readers lose.
          if (spec.isDouble && !isPlainDouble(view, at)) this.keep(start, next);
          this.#words64[spec.column].set(row, view.getUint32(at, true), view.getUint32(at + 4, true));
          break;
        case 'zigzag': {
          const encoded = varintLow(source, at);
          this.#scale.set(row, (encoded >>> 1) ^ -(encoded & 1));
          break;
        }
        case 'flags': {
          const flags = varintLow(source, at);
          if (flags !== 0) this.#flags.set(row, flags);
          break;
        }
        default:
          this.#collect(spec, start, at, next);
      }
    }
    assertEnd(next, to);
    for (const { spec, nested } of this.#repeated.values())
      if (nested.ranges.length > 0) this.#setText(row, spec, nested);
    this.#series.set(row, this.#hash.low(), this.#hash.high());
    this.setTime(this.#startTime, row, startTimeAt);
    if (this.setTime(this.#time, row, timeAt)) return 0;
    this.setArrival(this.#time, row);
    return BITS.timeAbsent;
  }

  #collect(spec: TextField, start: number, at: number, end: number): void {
    let collected = this.#repeated.get(spec.column);
    if (collected === undefined || collected.spec !== spec) {
      collected = { spec, nested: new NestedRanges((from, to) => this.keep(from, to)) };
      this.#repeated.set(spec.column, collected);
    }
    collected.nested.add(start, at, end);
  }

  /** Writes a JSON column, and retains the wire bytes if the JSON is inexact. */
  #setText(row: number, spec: TextField, nested: NestedRanges): void {
    const { ranges } = nested;
    const json = this.#json;
    json.reset();
    const first = ranges[1];
    const last = ranges[2];
    switch (spec.kind) {
      case 'counts':
        this.#packed(8, first, last, (at) =>
          json.unsigned64(this.view.getUint32(at, true), this.view.getUint32(at + 4, true)),
        );
        break;
      case 'bounds':
        this.#packed(8, first, last, (at) =>
          json.double(this.view.getUint32(at, true), this.view.getUint32(at + 4, true)),
        );
        break;
      case 'buckets':
        this.#buckets(first, last);
        break;
      case 'quantiles':
        this.#quantiles(ranges);
        break;
      default:
        writeExemplars(json, this.source, this.view, ranges);
    }
    // All fields but quantiles and exemplars are singular. A split encoding is not canonical, so its wire bytes are
    // retained.
    if (ranges.length > 3 && spec.kind !== 'quantiles' && spec.kind !== 'exemplars') json.exact = false;
    this.#texts[spec.column].setBytes(row, json.view());
    if (!json.exact && !nested.isCut) nested.keepAll();
    nested.clear();
    json.clear();
  }

  #packed(size: number, from: number, to: number, write: (at: number) => void): void {
    this.#json.byte(0x5b);
    for (let at = from; at < to && !this.#json.isFull(); at += size) {
      if (at > from) this.#json.byte(0x2c);
      write(at);
    }
    this.#json.byte(0x5d);
  }

  /** Writes the buckets of an exponential histogram as `{"offset":n,"counts":[…]}`. */
  #buckets(from: number, to: number): void {
    const { source } = this;
    const json = this.#json;
    let offset = 0;
    let countsFrom = 0;
    let countsTo = 0;
    forEachField(source, from, to, (field, wireType, at, end) => {
      const tag = field * 8 + wireType;
      if (tag === 0x08) {
        const encoded = varintLow(source, at);
        offset = (encoded >>> 1) ^ -(encoded & 1);
      } else if (tag === 0x12 && countsTo === 0) {
        countsFrom = at;
        countsTo = end;
      } else {
        json.exact = false;
      }
    });
    json.ascii(`{"offset":${offset},"counts":[`);
    for (let at = countsFrom; at < countsTo && !json.isFull(); at = varintEnd(source, at)) {
      if (at > countsFrom) json.byte(0x2c);
      varint64(source, at, pair);
      json.unsigned64(pair[0], pair[1]);
    }
    json.ascii(']}');
  }

  #quantiles(ranges: readonly number[]): void {
    const json = this.#json;
    json.byte(0x5b);
    for (let i = 0; i < ranges.length; i += 3) {
      const values = [-1, -1];
      forEachField(this.source, ranges[i + 1], ranges[i + 2], (field, wireType, at) => {
        if (wireType === 1 && (field === 1 || field === 2) && values[field - 1] === -1) values[field - 1] = at;
        else json.exact = false;
      });
      json.ascii(i > 0 ? ',{"quantile":' : '{"quantile":');
      this.#doubleOrZero(values[0]);
      json.ascii(',"value":');
      this.#doubleOrZero(values[1]);
      json.byte(0x7d);
    }
    json.byte(0x5d);
  }

  #doubleOrZero(at: number): void {
    if (at < 0) this.#json.ascii('0.0');
    else this.#json.double(this.view.getUint32(at, true), this.view.getUint32(at + 4, true));
  }

  protected override ownColumns(from: number, to: number): readonly ParquetColumn[] {
    const { value_double, value_int, count, sum, min, max, zero_count, zero_threshold } = this.#words64;
    const { explicit_bounds, bucket_counts, positive, negative, quantiles, exemplars } = this.#texts;
    return [
      this.#time.column('time', 'time', from, to),
      this.#startTime.column('start_time', 'time', from, to),
      this.#metrics.derivedColumn('name', from, to),
      this.#metrics.derivedColumn('description', from, to),
      this.#metrics.derivedColumn('unit', from, to),
      this.#metrics.derivedColumn('kind', from, to),
      this.#metrics.derivedColumn('temporality', from, to),
      this.#monotonic(from, to),
      value_double.column('value_double', 'double', from, to),
      value_int.column('value_int', 'int64', from, to),
      count.column('count', 'int64', from, to),
      sum.column('sum', 'double', from, to),
      min.column('min', 'double', from, to),
      max.column('max', 'double', from, to),
      explicit_bounds.column('explicit_bounds', 'text', from, to),
      bucket_counts.column('bucket_counts', 'text', from, to),
      this.#scale.column('scale', 'int32', from, to),
      zero_count.column('zero_count', 'int64', from, to),
      zero_threshold.column('zero_threshold', 'double', from, to),
      positive.column('positive', 'text', from, to),
      negative.column('negative', 'text', from, to),
      quantiles.column('quantiles', 'text', from, to),
      exemplars.column('exemplars', 'text', from, to),
      this.#flags.column('flags', 'uint32', from, to),
      this.#series.column('series', 'int64', from, to),
      this.#metrics.column('metric', from, to),
    ];
  }

  #monotonic(from: number, to: number): DeferredColumn<BoolColumn> {
    const name = 'is_monotonic';
    const texts = this.#metrics.derivedColumn(name, from, to);
    const slice = (first: number, end: number): BoolColumn => {
      const { refs, entries } = texts.slice(first, end);
      const values = new Uint8Array(refs.length);
      for (let row = 0; row < values.length; row++) {
        const ref = refs[row];
        // The derived value is 't' or 'f'.
        if (ref !== 0) values[row] = entries.bytes[entries.starts[ref] - 1] === 0x74 ? 2 : 1;
      }
      return { kind: 'bool', name, type: 'bool', values };
    };
    return { kind: 'deferred', name, type: 'bool', slice };
  }

  protected override ownBuilders() {
    return [
      this.#metrics,
      this.#time,
      this.#startTime,
      ...Object.values(this.#words64),
      ...Object.values(this.#texts),
      this.#scale,
      this.#flags,
      this.#series,
    ];
  }

  protected override timeColumn(): Words64Builder {
    return this.#time;
  }

  protected override traceColumn(): undefined {
    return undefined;
  }
}
