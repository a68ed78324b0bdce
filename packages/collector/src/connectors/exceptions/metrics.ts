import {
  ACCEPTED,
  type Batch,
  type BatchContext,
  encodeAnyValue,
  findField,
  type Outcome,
  payloadEnd,
  payloadStart,
  SPAN_FIELDS,
  WireWriter,
} from '@otelier/otlp';
import type { Consumer, SignalContext } from '../../component/contract.ts';
import { type EncodedAttributes, encodeAttributes } from '../../metrics/encoded-attributes.ts';
import { TEMPORALITY } from '../../metrics/metric-data.ts';
import { MetricsWriter } from '../../metrics/metrics-writer.ts';
import { nowUnixNano } from '../../metrics/now.ts';
import { encodeExemplar } from '../../metrics/write-points.ts';
import { readValue } from '../../ottl/values/codec.ts';
import { attributeText } from '../../ottl/values/text.ts';
import { consumeDerived } from '../tally/derived.ts';
import {
  type Dimension,
  dimensionValue,
  type ExceptionEvent,
  FIXED_DIMENSIONS,
  forEachException,
} from './dimensions.ts';

/** Options for `ExceptionMetrics`. */
export interface CounterOptions {
  readonly dimensions: readonly Dimension[];
  readonly hasExemplars: boolean;
  readonly limit: SeriesLimit;
}

/** Counts exceptions by tenant, and emits all of a tenant's counts with each of its batches, as the Collector does. */
export class ExceptionMetrics {
  readonly #options: CounterOptions;
  readonly #next: Consumer;
  readonly #context: SignalContext;
  readonly #tenants = new Map<string, ExceptionCounter>();

  constructor(options: CounterOptions, next: Consumer, context: SignalContext) {
    this.#options = options;
    this.#next = next;
    this.#context = context;
  }

  /** Returns the outcome for a batch's metrics. If they are not accepted, the batch's exceptions are not counted. */
  async consume(batch: Batch): Promise<Outcome> {
    const undo = this.#counterOf(batch.context.tenant).add(batch);
    const outcome = await this.#emit(batch);
    if (outcome.kind === 'retry' || outcome.kind === 'refused') undo();
    return outcome;
  }

  /** Counts a batch's exceptions even if its metrics are not accepted, because later metrics include the counts. */
  async count(batch: Batch): Promise<void> {
    this.#counterOf(batch.context.tenant).add(batch);
    await this.#emit(batch);
  }

  async #emit(batch: Batch): Promise<Outcome> {
    const now = nowUnixNano(this.#context.clock);
    const written = this.#counterOf(batch.context.tenant).write(batch.context, now);
    return written === undefined ? ACCEPTED : consumeDerived(this.#next, written, batch);
  }

  #counterOf(tenant: string): ExceptionCounter {
    let counter = this.#tenants.get(tenant);
    if (counter === undefined) {
      counter = new ExceptionCounter(this.#options, nowUnixNano(this.#context.clock));
      // Tenants beyond the limit start over with each batch.
      if (this.#tenants.size < MAX_TENANTS) this.#tenants.set(tenant, counter);
    }
    return counter;
  }
}

/** Bounds memory, because senders can choose their tenants. */
const MAX_TENANTS = 1000;

/** Limits the number of series across all tenants. Further combinations of dimensions are counted together. */
export class SeriesLimit {
  readonly #context: Pick<SignalContext, 'reportStatus'>;
  #count = 0;

  constructor(context: Pick<SignalContext, 'reportStatus'>) {
    this.#context = context;
  }

  /** Reports whether another series may be added. */
  add(): boolean {
    if (this.#count < MAX_SERIES) {
      this.#count++;
      return true;
    }
    this.#context.reportStatus(`too many series, further exceptions are counted as ${OVERFLOW}`);
    return false;
  }
}

/** Every batch emits all series, so a higher limit would cost the downstream pipeline too much. */
const MAX_SERIES = 10_000;
const OVERFLOW = 'otel.metric.overflow';

interface Exemplar {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly value: number;
}

interface Series {
  readonly attributes: EncodedAttributes;
  count: number;
  exemplars: Exemplar[];
}

/** Counts a tenant's exceptions cumulatively, by their dimensions. */
class ExceptionCounter {
  readonly #options: CounterOptions;
  readonly #startUnixNano: bigint;
  readonly #series = new Map<string, Series>();

  constructor(options: CounterOptions, startUnixNano: bigint) {
    this.#options = options;
    this.#startUnixNano = startUnixNano;
  }

  /** Counts a batch's exceptions. The returned function undoes this. */
  add(batch: Batch): () => void {
    const counted: Series[] = [];
    forEachException(batch, (event) => {
      const series = this.#seriesOf(event);
      series.count += 1;
      counted.push(series);
      if (this.#options.hasExemplars) addExemplar(series, event);
    });
    return () => {
      for (const series of counted) series.count -= 1;
    };
  }

  /** Writes all series, with the exemplars added since the last write. */
  write(context: BatchContext, timeUnixNano: bigint): Batch | undefined {
    writer.resource(new Uint8Array()).namedScope('exceptionsconnector');
    writer.metric({
      name: 'exceptions',
      data: { kind: 'sum', temporality: TEMPORALITY.cumulative, isMonotonic: true },
    });
    for (const series of this.#series.values()) {
      // All exceptions in this series have been undone.
      if (series.count === 0) continue;
      const exemplars = series.exemplars.map((exemplar) => encodeExemplar({ ...exemplar, timeUnixNano }));
      series.exemplars = [];
      writer.numberPoint({
        attributes: series.attributes,
        startTimeUnixNano: this.#startUnixNano,
        timeUnixNano,
        value: BigInt(series.count),
        exemplars,
      });
    }
    return writer.finishBatch(context);
  }

  #seriesOf(event: ExceptionEvent): Series {
    const values = this.#options.dimensions.map((dimension) => dimensionValue(dimension, event));
    const texts = values.flatMap((value) =>
      value === undefined ? [] : [attributeText(readValue(value, 0, value.length))],
    );
    const key = [...event.fixed, ...texts].join('\0');
    const existing = this.#series.get(key);
    if (existing !== undefined) return existing;
    if (!this.#options.limit.add()) return this.#overflow();
    return this.#create(key, this.#encode(event, values));
  }

  #overflow(): Series {
    return this.#series.get(OVERFLOW) ?? this.#create(OVERFLOW, encodeAttributes([[OVERFLOW, true]]));
  }

  #create(key: string, attributes: EncodedAttributes): Series {
    const series = { attributes, count: 0, exemplars: [] };
    this.#series.set(key, series);
    return series;
  }

  #encode({ fixed }: ExceptionEvent, values: readonly (Uint8Array | undefined)[]): EncodedAttributes {
    for (const [index, name] of FIXED_DIMENSIONS.entries()) write(name, encodeAnyValue(fixed[index] ?? ''));
    for (const [index, { name }] of this.#options.dimensions.entries()) {
      const value = values[index];
      if (value !== undefined) write(name, value);
    }
    return attributesWriter.finish();
  }
}

function write(name: string, value: Uint8Array): void {
  attributesWriter.open(1);
  attributesWriter.stringField(1, name);
  attributesWriter.bytesField(2, value);
  attributesWriter.close();
}

/** Adds an exemplar. Spans without a trace ID have none. */
function addExemplar(series: Series, { cursor: { bytes, start, end } }: ExceptionEvent): void {
  if (series.exemplars.length >= MAX_EXEMPLARS) return;
  const traceId = idIn(bytes, start, end, SPAN_FIELDS.traceId);
  if (traceId.every((byte) => byte === 0)) return;
  const spanId = idIn(bytes, start, end, SPAN_FIELDS.spanId);
  series.exemplars.push({ traceId, spanId, value: series.count });
}

function idIn(bytes: Uint8Array, start: number, end: number, field: number): Uint8Array {
  const value = findField(bytes, start, end, field);
  // A copy, because exemplars may be retained while the next component is full.
  return value < 0 ? new Uint8Array() : bytes.slice(payloadStart(bytes, value), payloadEnd(bytes, value));
}

/** Maximum number of exemplars per series between two collections. */
const MAX_EXEMPLARS = 100;
const writer = new MetricsWriter();
const attributesWriter = new WireWriter(256);
