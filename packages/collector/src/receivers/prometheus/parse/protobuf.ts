import { type FieldReader, readVarint, WireFormatError } from '@otelier/otlp';
import { doubleOf, fieldsOf, intOf, messageOf, RemoteWriteError, textOf, uintOf } from '@otelier/query/prometheus-wire';
import { formatOpenMetricsFloat } from '../../../prometheus/format.ts';
import { type Exemplar, ExpositionError, type ExpositionSink, type LabelPairs, type MetricType } from './exposition.ts';
import { type ParsedHistogram, readHistogram, timestampOf } from './protobuf-histogram.ts';

/** Options for `readProtobuf`. */
export interface ProtobufOptions {
  /** Whether to read native histograms; otherwise, they are read as classic ones. */
  readonly nativeHistograms: boolean;
  /** Whether to read the classic form of native histograms as well. */
  readonly classicHistograms: boolean;
}

/** Types by their numbers in `io.prometheus.client.MetricType`. */
const TYPES: readonly MetricType[] = [
  ...(['counter', 'gauge', 'summary', 'unknown', 'histogram', 'gaugehistogram'] as const),
];

/** Reads a page of delimited `io.prometheus.client.MetricFamily` messages. Throws an `ExpositionError`. */
export function readProtobuf(bytes: Uint8Array, options: ProtobufOptions, sink: ExpositionSink): void {
  try {
    for (let at = 0; at < bytes.length; ) {
      const length = readVarint(bytes, at);
      while ((bytes[at] ?? 0) > 127) at += 1;
      at += 1;
      if (at + length > bytes.length) throw new ExpositionError('expected a whole metric family, got a part of one');
      readFamily(bytes, at, at + length, options, sink);
      at += length;
    }
  } catch (error) {
    if (!(error instanceof WireFormatError) && !(error instanceof RemoteWriteError)) throw error;
    throw new ExpositionError(`expected metric families: ${error.message}`);
  }
}

function readFamily(
  bytes: Uint8Array,
  start: number,
  end: number,
  options: ProtobufOptions,
  sink: ExpositionSink,
): void {
  let [name, help, unit, typeNumber] = ['', '', '', 0];
  const metrics: (readonly [start: number, end: number])[] = [];
  for (const field of fieldsOf(bytes, start, end)) {
    if (field.field === 1) name = textOf(field);
    else if (field.field === 2) help = textOf(field);
    else if (field.field === 3) typeNumber = uintOf(field);
    else if (field.field === 4) metrics.push([field.valueStart, field.valueEnd]);
    else if (field.field === 5) unit = textOf(field);
  }
  if (metrics.length === 0) return;
  const type = TYPES[typeNumber];
  if (name === '') throw new ExpositionError('expected a name in every metric family, got none');
  if (type === undefined) throw new ExpositionError(`${name}: expected a metric type, got ${typeNumber}`);
  sink.metadata(name, { type, help, unit });
  for (const [from, to] of metrics) new MetricReader(name, type, options, sink).read(fieldsOf(bytes, from, to));
}

/** Emits the samples of one metric. */
class MetricReader {
  readonly #family: string;
  readonly #type: MetricType;
  readonly #options: ProtobufOptions;
  readonly #sink: ExpositionSink;
  #labels: LabelPairs = [];
  #timestampMillis: number | undefined;
  #startMillis: number | undefined;

  constructor(family: string, type: MetricType, options: ProtobufOptions, sink: ExpositionSink) {
    this.#family = family;
    this.#type = type;
    this.#options = options;
    this.#sink = sink;
  }

  read(fields: Iterable<FieldReader>): void {
    const labels: [string, string][] = [];
    const bodies: (() => void)[] = [];
    for (const field of fields) {
      const { bytes, valueStart, valueEnd } = field;
      const body = () => fieldsOf(bytes, valueStart, valueEnd);
      switch (field.field) {
        case 1:
          labels.push(labelOf(messageOf(field)));
          break;
        case 6:
          this.#timestampMillis = intOf(field) || undefined;
          break;
        case 4:
          bodies.push(() => this.#summary(body()));
          break;
        case 7:
          bodies.push(() => this.#histogram(readHistogram(body())));
          break;
        case 2:
        case 3:
        case 5:
          bodies.push(() => this.#number(body()));
          break;
        default:
      }
    }
    this.#labels = labels;
    for (const emit of bodies) emit();
  }

  /** Emits a counter, gauge or untyped metric. */
  #number(fields: Iterable<FieldReader>): void {
    let value = 0;
    const exemplars: Exemplar[] = [];
    for (const field of fields) {
      if (field.field === 1) value = doubleOf(field);
      else if (field.field === 2 && this.#type === 'counter') exemplars.push(exemplarOf(messageOf(field)));
      else if (field.field === 3 && this.#type === 'counter') this.#startMillis = timestampOf(messageOf(field));
    }
    this.#emit('', [], value, exemplars);
  }

  #summary(fields: Iterable<FieldReader>): void {
    let [count, sum] = [0, 0];
    const quantiles: (readonly [quantile: number, value: number])[] = [];
    for (const field of fields) {
      if (field.field === 1) count = uintOf(field);
      else if (field.field === 2) sum = doubleOf(field);
      else if (field.field === 3) quantiles.push(pairOf(messageOf(field)));
      else if (field.field === 4) this.#startMillis = timestampOf(messageOf(field));
    }
    this.#emit('_count', [], count);
    this.#emit('_sum', [], sum);
    for (const [quantile, value] of quantiles) this.#emit('', [['quantile', formatOpenMetricsFloat(quantile)]], value);
  }

  #histogram(histogram: ParsedHistogram): void {
    this.#startMillis = histogram.startMillis;
    const isNative = histogram.isNative && this.#options.nativeHistograms;
    if (isNative) {
      const all =
        histogram.exemplars.length > 0 ? histogram.exemplars : histogram.buckets.flatMap((one) => one.exemplars);
      const exemplars = all.map((fields) => exemplarOf(fields())).filter((one) => one.timestampMillis !== undefined);
      this.#emit('', [], histogram.native, exemplars);
      if (!this.#options.classicHistograms) return;
    }
    const { count, sum } = histogram.native;
    this.#emit('_count', [], count);
    this.#emit('_sum', [], sum);
    let hasInfinite = false;
    for (const { bound, count: own, exemplars } of histogram.buckets) {
      hasInfinite ||= bound === Number.POSITIVE_INFINITY;
      this.#emit(
        '_bucket',
        [['le', formatOpenMetricsFloat(bound)]],
        own,
        exemplars.map((fields) => exemplarOf(fields())),
      );
    }
    if (!hasInfinite) this.#emit('_bucket', [['le', '+Inf']], count);
  }

  #emit(
    suffix: string,
    further: LabelPairs,
    value: number | ParsedHistogram['native'],
    exemplars: readonly Exemplar[] = [],
  ): void {
    const name = `${this.#family}${suffix}`;
    const labels = [...this.#labels, ...further];
    this.#sink.sample({
      key: `${typeof value === 'number' ? '' : 'native '}${JSON.stringify([name, labels])}`,
      value,
      timestampMillis: this.#timestampMillis,
      startMillis: this.#startMillis,
      exemplars,
      identity: () => ({ name, labels }),
    });
  }
}

function labelOf(fields: Iterable<FieldReader>): [string, string] {
  const label: [string, string] = ['', ''];
  for (const field of fields) if (field.field === 1 || field.field === 2) label[field.field - 1] = textOf(field);
  return label;
}

function pairOf(fields: Iterable<FieldReader>): readonly [number, number] {
  const pair: [number, number] = [0, 0];
  for (const field of fields) if (field.field === 1 || field.field === 2) pair[field.field - 1] = doubleOf(field);
  return pair;
}

function exemplarOf(fields: Iterable<FieldReader>): Exemplar {
  const labels: [string, string][] = [];
  let value = 0;
  let timestampMillis: number | undefined;
  for (const field of fields) {
    if (field.field === 1) labels.push(labelOf(messageOf(field)));
    else if (field.field === 2) value = doubleOf(field);
    else if (field.field === 3) timestampMillis = timestampOf(messageOf(field));
  }
  return { labels, value, timestampMillis };
}
