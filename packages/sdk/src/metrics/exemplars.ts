import { type Context, context as contextApi, diag, type Span, type SpanContext, trace } from '@opentelemetry/api';
import { choiceOption } from '../client/option-error.ts';
import type { Environment } from '../environment.ts';
import type { Instant } from '../time.ts';
import type { AttributeData } from '../wire/attributes.ts';
import type { Exemplar } from '../wire/metric.ts';

/** Which measurements may become exemplars: those made in a sampled span, all, none. */
export type ExemplarFilterName = 'trace_based' | 'always_on' | 'always_off';

/** A measurement that may become an exemplar. */
export interface Offer {
  readonly value: number;
  /** The index of the bucket of an explicit histogram that it fell into, otherwise 0. */
  readonly bucket: number;
  readonly span: SpanContext | undefined;
  /** Attributes of the measurement that a view has taken from its point. */
  readonly attributes: AttributeData | undefined;
  readonly time: Instant;
}

/** Keeps some of the measurements of one point. */
export interface ExemplarReservoir {
  /** Whether the next measurement, in this bucket, shall be kept; `keep` is called then and only then. */
  wants(bucket: number): boolean;
  keep(offer: Offer): void;
  /** Gives what was kept, and begins anew. */
  collect(): readonly Exemplar[];
}

/** Finds the span of a measurement that may become an exemplar; `false` when it may not. */
export type ExemplarFilter = (context: Context | undefined) => Span | undefined | false;

/** The filter of the option, else of the environment; `undefined` for none, which costs nothing. */
export function exemplarFilter(
  option: ExemplarFilterName | undefined,
  environment: Environment,
): ExemplarFilter | undefined {
  return FILTERS[choiceOption('exemplarFilter', option ?? fromEnvironment(environment), NAMES)];
}

/** Keeps a sample of fixed size in which every measurement is as likely (OpenTelemetry specification, "SimpleFixedSizeExemplarReservoir"). */
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

/** Keeps one of the measurements in each bucket (OpenTelemetry specification, "AlignedHistogramBucketExemplarReservoir"). */
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

/** Without asking spans of this library for their context: it would have to be spelled. */
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
