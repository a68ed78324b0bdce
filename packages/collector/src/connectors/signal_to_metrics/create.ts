import { ACCEPTED, RESOURCE_FIELDS } from '@otelier/otlp';
import type { Connector, ConnectorOutputs, SignalContext } from '../../component/contract.ts';
import { BatchRejection } from '../../component/rewriter.ts';
import { readEncodedAttributes } from '../../metrics/encoded-attributes.ts';
import { MetricsWriter } from '../../metrics/metrics-writer.ts';
import { nowUnixNano } from '../../metrics/now.ts';
import { compileCondition, compileValue } from '../../ottl/compile/compiler.ts';
import { evaluationContext } from '../../ottl/evaluation-context.ts';
import type { Subject } from '../../ottl/record/subject.ts';
import { type ErrorHandler, type ErrorMode, errorHandler, matchesAny } from '../../ottl/sequence.ts';
import { EvaluationError } from '../../ottl/values/value.ts';
import { consumeDerived } from '../tally/derived.ts';
import { type Item, type ItemContext, ItemWalk } from '../tally/items.ts';
import { Aggregation, type MetricOfItems, metricOfItems } from './aggregation.ts';
import { AttributeSelection, selectAttributes } from './attributes.ts';
import { type MetricDefinition, optionsOf } from './config.ts';
import { exponentialHistogramKind, gaugeKind, histogramKind, type PointKind, sumKind } from './points.ts';

interface Config {
  readonly spans: readonly MetricDefinition[];
  readonly datapoints: readonly MetricDefinition[];
  readonly logs: readonly MetricDefinition[];
  readonly errorMode: ErrorMode;
}

const SOURCES = {
  traces: { context: 'span', section: 'spans' },
  metrics: { context: 'datapoint', section: 'datapoints' },
  logs: { context: 'log', section: 'logs' },
} as const;

/** Creates the connector. It retains no state between batches. */
export function createSignalToMetrics(
  config: Config,
  { bySignal: { metrics: next } }: ConnectorOutputs,
  context: SignalContext,
): Connector {
  const source = SOURCES[context.signal as keyof typeof SOURCES];
  const handle = errorHandler(config.errorMode, context.logger);
  const metrics = config[source.section].map((definition) => new SignalMetric(definition, source.context, handle));
  const walk = new ItemWalk(new Set([source.context]), evaluationContext(context), 'skip');
  const aggregation = new Aggregation();
  const writer = new MetricsWriter();
  const visitor = {
    item(_context: ItemContext, item: Item, subject: Subject) {
      for (const metric of metrics) metric.add(item, subject, aggregation);
    },
  };
  return {
    consume(batch) {
      if (metrics.length === 0 || next === undefined) return ACCEPTED;
      try {
        for (const part of batch.parts) {
          // Offsets into different requests must not be mixed up.
          for (const metric of metrics) metric.restart();
          walk.walk(batch.signal, part, batch.context, visitor);
        }
      } catch (error) {
        aggregation.clear();
        if (error instanceof BatchRejection) return { kind: 'refused', reason: error.message };
        throw error;
      }
      aggregation.write(writer, nowUnixNano(context.clock));
      const derived = writer.finishBatch(batch.context);
      return derived === undefined ? ACCEPTED : consumeDerived(next, derived, batch);
    },
  };
}

/** A metric derived from items. */
class SignalMetric {
  readonly #metric: MetricOfItems;
  readonly #attributes: AttributeSelection;
  readonly #resourceAttributes: AttributeSelection;
  readonly #matches: ((subject: Subject) => boolean) | undefined;
  readonly #handle: ErrorHandler;
  /** The most recent resource, and its selected attributes. */
  #resourceStart = -1;
  #resource: Uint8Array = new Uint8Array();

  constructor(definition: MetricDefinition, context: ItemContext, handle: ErrorHandler) {
    this.#metric = metricOfItems(definition, kindOf(definition, context));
    this.#attributes = new AttributeSelection(definition.attributes, context);
    this.#resourceAttributes = new AttributeSelection(definition.includeResourceAttributes, context);
    this.#matches = matchesAny(
      definition.conditions.map((text) => compileCondition(text, optionsOf(context))),
      handle,
    );
    this.#handle = handle;
  }

  restart(): void {
    this.#resourceStart = -1;
  }

  add(item: Item, subject: Subject, aggregation: Aggregation): void {
    const owner = { bytes: item.bytes, start: item.start, end: item.end, field: item.attributesField };
    if (!this.#attributes.matches(owner)) return;
    const keys = this.#attributes.resolve(subject);
    if (this.#matches?.(subject) === false) return;
    const resource = this.#resourceOf(item, subject);
    try {
      const measurement = this.#metric.kind.measure(subject);
      if (measurement === undefined) return;
      const point = aggregation.pointOf(resource, this.#metric, selectAttributes(keys, owner));
      point.add(measurement.value, measurement.count);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      this.#handle(this.#metric.definition.name, error);
    }
  }

  #resourceOf({ cursor }: Item, subject: Subject): Uint8Array {
    const { bytes, resourceStart, resourceEnd, resourceGroupStart } = cursor;
    if (resourceGroupStart === this.#resourceStart) return this.#resource;
    const selection = this.#resourceAttributes;
    const owner = { bytes, start: resourceStart, end: resourceEnd, field: RESOURCE_FIELDS.attributes };
    this.#resource = selection.isEmpty
      ? readEncodedAttributes(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes)
      : selectAttributes(selection.resolve(subject), owner);
    this.#resourceStart = resourceGroupStart;
    return this.#resource;
  }
}

function kindOf({ sum, gauge, histogram, exponentialHistogram }: MetricDefinition, context: ItemContext): PointKind {
  const compile = (text: string) => compileValue(text, optionsOf(context));
  const compileCount = (text: string | undefined) => (text === undefined ? undefined : compile(text));
  if (sum !== undefined) return sumKind(compile(sum.value), sum.monotonic);
  if (gauge !== undefined) return gaugeKind(compile(gauge.value));
  if (histogram !== undefined) {
    const bounds = histogram.buckets.length === 0 ? DEFAULT_BOUNDS : histogram.buckets;
    return histogramKind(compile(histogram.value), compileCount(histogram.count), bounds);
  }
  if (exponentialHistogram === undefined) throw new Error('expected a metric of one kind, which the schema ensures');
  const { value, count, maxSize } = exponentialHistogram;
  return exponentialHistogramKind(compile(value), compileCount(count), maxSize);
}

const DEFAULT_BOUNDS = [2, 4, 6, 8, 10, 50, 100, 200, 400, 800, 1000, 1400, 2000, 5000, 10_000, 15_000];
