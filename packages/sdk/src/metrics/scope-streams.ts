import { diag } from '@opentelemetry/api';
import type { ScopeBuffer } from '../delivery/scope-buffer.ts';
import type { Instant } from '../time.ts';
import { type Aggregation, pointFactory } from './aggregation.ts';
import { type InstrumentDescriptor, type InstrumentKind, KINDS } from './instrument.ts';
import { MetricStream } from './stream.ts';
import type { TemporalitySelector } from './temporality.ts';
import type { View } from './view.ts';

/** A reader's default settings for streams, which views can override. */
export interface StreamDefaults {
  readonly temporality: TemporalitySelector;
  readonly aggregation: (kind: InstrumentKind) => Aggregation;
  readonly cardinalityLimit: number;
  readonly now: () => Instant;
  readonly random: () => number;
}

/** The streams of one meter and one reader. */
export class ScopeStreams {
  readonly #scopeBuffer: ScopeBuffer;
  readonly #defaults: StreamDefaults;
  readonly #streams = new Map<string, MetricStream>();

  constructor(scopeBuffer: ScopeBuffer, defaults: StreamDefaults) {
    this.#scopeBuffer = scopeBuffer;
    this.#defaults = defaults;
  }

  /** Returns an instrument's streams, which identical instruments share. */
  of(descriptor: InstrumentDescriptor, views: readonly View[]): readonly MetricStream[] {
    const streams = (views.length === 0 ? [{}] : views)
      .map((view) => this.#stream(descriptor, view))
      .filter((stream) => stream !== undefined);
    // Two identical views create a single stream, in which values must not be counted twice.
    return [...new Set(streams)];
  }

  begin(): void {
    for (const stream of this.#streams.values()) stream.begin();
  }

  report(now: Instant): void {
    for (const stream of this.#streams.values()) stream.collect(this.#scopeBuffer, now);
  }

  #stream(descriptor: InstrumentDescriptor, view: View): MetricStream | undefined {
    const { kind, unit, isInteger } = descriptor;
    const { name = descriptor.name, description = descriptor.description } = view;
    const { cardinalityLimit = this.#defaults.cardinalityLimit, attributeKeys, excludedAttributeKeys } = view;
    const temporality = this.#defaults.temporality(kind);
    const aggregation =
      view.aggregation === undefined || view.aggregation.kind === 'default'
        ? this.#defaults.aggregation(kind)
        : view.aggregation;
    const points = pointFactory(aggregation, descriptor, temporality);
    if (points === undefined) return undefined;
    const identity = [kind, unit, isInteger, aggregation, attributeKeys, excludedAttributeKeys, cardinalityLimit];
    const key = JSON.stringify([name.toLowerCase(), ...identity]);
    const known = this.#streams.get(key);
    this.#warn(descriptor, name, known);
    if (known !== undefined) {
      known.describe(description);
      return known;
    }
    const stream = new MetricStream(
      {
        name,
        description,
        unit,
        points,
        isObservable: KINDS[kind].isObservable,
        isDelta: temporality === 'delta',
        attributeFilter: filterOf(attributeKeys, excludedAttributeKeys),
        cardinalityLimit,
        reservoir: view.exemplarReservoir ?? (() => points.reservoir(this.#defaults.random)),
      },
      this.#defaults.now,
    );
    this.#streams.set(key, stream);
    return stream;
  }

  /**
   * Logs a warning if metrics with the same name conflict (OpenTelemetry specification, "Duplicate instrument
   * registration").
   */
  #warn({ name, kind }: InstrumentDescriptor, streamName: string, known: MetricStream | undefined): void {
    const sameName = [...this.#streams.values()].find(
      (stream) => stream.name.toLowerCase() === streamName.toLowerCase() && stream !== known,
    );
    if (sameName !== undefined) {
      const view = JSON.stringify({ instrumentName: name, instrumentKind: kind, name: `${streamName}.2` });
      diag.warn(
        `the metric ${JSON.stringify(streamName)} is reported twice, with different kinds, units, value types or aggregations; rename one with a view such as ${view}`,
      );
    } else if (known !== undefined && known.name !== streamName) {
      diag.warn(`the metric ${JSON.stringify(streamName)} is reported as ${JSON.stringify(known.name)}`);
    }
  }
}

function filterOf(
  included: readonly string[] | undefined,
  excluded: readonly string[] | undefined,
): ((key: string) => boolean) | undefined {
  if (included === undefined && excluded === undefined) return undefined;
  const [only, not] = [included && new Set(included), new Set(excluded)];
  return (key) => (only?.has(key) ?? true) && !not.has(key);
}
