import { type Context, context as contextApi, diag, type Span, type SpanContext, trace } from '@opentelemetry/api';
import { choiceOption } from '../client/option-error.ts';
import type { Environment } from '../environment.ts';
import type { Instant } from '../time.ts';
import type { AttributeData } from '../wire/attributes.ts';
import type { Exemplar } from '../wire/metric.ts';

/** Which measurements are eligible as exemplars: those in a sampled span, all, or none. */
export type ExemplarFilterName = 'trace_based' | 'always_on' | 'always_off';

/** A measurement that is eligible as an exemplar. */
export interface Offer {
  readonly value: number;
  /** Index of the measurement's bucket in an explicit histogram, otherwise 0. */
  readonly bucket: number;
  readonly span: SpanContext | undefined;
  /** Attributes that a view removed from the point. */
  readonly attributes: AttributeData | undefined;
  readonly time: Instant;
}

/** A reservoir that samples the measurements of a point. */
export interface ExemplarReservoir {
  /** Reports whether to sample the next measurement, which belongs to this bucket. If so, `keep` is called next. */
  wants(bucket: number): boolean;
  keep(offer: Offer): void;
  /** Returns the sampled measurements and resets the reservoir. */
  collect(): readonly Exemplar[];
}

/** A filter that returns the span of an eligible measurement, or `false` if the measurement is not eligible. */
export type ExemplarFilter = (context: Context | undefined) => Span | undefined | false;

/**
 * Returns the filter set by the option or the environment. Returns `undefined` for no exemplars, which adds no
 * overhead.
 */
export function exemplarFilter(
  option: ExemplarFilterName | undefined,
  environment: Environment,
): ExemplarFilter | undefined {
  return FILTERS[choiceOption('exemplarFilter', option ?? fromEnvironment(environment), NAMES)];
}

/** Holds a uniform random sample of fixed size (OpenTelemetry specification, "SimpleFixedSizeExemplarReservoir"). */
export class FixedSizeReservoir implements ExemplarReservoir {
  readonly #size: number;
  readonly #random: () => number;
  readonly #kept: Offer[] = [];
  #seen = 0;
  #slot = 0;

  constructor(size: number, random: () => number) {
    this.#size = size;
    this.#random = random;
  }

  wants(): boolean {
    this.#slot = this.#seen < this.#size ? this.#seen : Math.floor(this.#random() * (this.#seen + 1));
    this.#seen++;
    return this.#slot < this.#size;
  }

  keep(offer: Offer): void {
    this.#kept[this.#slot] = offer;
  }

  collect(): readonly Exemplar[] {
    this.#seen = 0;
    return this.#kept.splice(0);
  }
}

/** Holds one measurement per bucket (OpenTelemetry specification, "AlignedHistogramBucketExemplarReservoir"). */
export class AlignedReservoir implements ExemplarReservoir {
  readonly #random: () => number;
  readonly #kept = new Map<number, Offer>();
  readonly #seen: Uint32Array;

  constructor(buckets: number, random: () => number) {
    this.#seen = new Uint32Array(buckets);
    this.#random = random;
  }

  wants(bucket: number): boolean {
    return this.#random() * ++this.#seen[bucket] < 1;
  }

  keep(offer: Offer): void {
    this.#kept.set(offer.bucket, offer);
  }

  collect(): readonly Exemplar[] {
    const kept = [...this.#kept.values()];
    this.#kept.clear();
    this.#seen.fill(0);
    return kept;
  }
}

function fromEnvironment(environment: Environment): ExemplarFilterName {
  const value = environment[VARIABLE] || 'trace_based';
  const name = NAMES.find((known) => known === value.toLowerCase());
  if (name === undefined) {
    diag.warn(`${VARIABLE}: expected trace_based, always_on or always_off, got ${JSON.stringify(value)}; ignored`);
  }
  return name ?? 'trace_based';
}

function spanOf(context: Context | undefined): Span | undefined {
  return trace.getSpan(context ?? contextApi.active());
}

/**
 * Reports whether the span is sampled. Reads the flags of this library's spans directly, because obtaining a span
 * context requires encoding the IDs in hexadecimal.
 */
function isSampled(span: Span & { readonly flags?: unknown }): boolean {
  const flags = typeof span.flags === 'number' ? span.flags : span.spanContext().traceFlags;
  return (flags & SAMPLED) !== 0;
}

const FILTERS: Readonly<Record<ExemplarFilterName, ExemplarFilter | undefined>> = {
  trace_based(context) {
    const span = spanOf(context);
    return span !== undefined && isSampled(span) && span;
  },
  always_on: spanOf,
  always_off: undefined,
};

const VARIABLE = 'OTEL_METRICS_EXEMPLAR_FILTER';
const NAMES = ['trace_based', 'always_on', 'always_off'] as const;
const SAMPLED = 1;
