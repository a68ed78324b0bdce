import {
  ACCEPTED,
  AttributeEditor,
  type Decision,
  EncodedAttribute,
  forEachPayload,
  type ItemCursor,
  MetricView,
  RESOURCE_FIELDS,
  type RewriteHooks,
  rewriteItems,
  SIGNALS,
  Splices,
  WireWriter,
} from '@otelier/otlp';
import type { Consumer, Processor, SignalContext } from '../../component/contract.ts';
import { reportChange } from '../../component/items/report-change.ts';
import { MetricsWriter } from '../../metrics/metrics-writer.ts';
import type { Transform } from './config.ts';
import { EditableMetric } from './editable-metric.ts';
import { type MetricGroup, ScopeTransformer } from './scope-transformer.ts';

const METRICS_FIELD: number = SIGNALS.metrics.itemField;

/** Creates a processor that applies transforms to each scope. Scopes without matching metrics are not decoded. */
export function createMetricsTransform(
  transforms: readonly Transform[],
  next: Consumer,
  context: SignalContext,
): Processor {
  if (transforms.length === 0) return { consume: (batch) => next.consume(batch) };
  const { logger, dropped } = context;
  const reported = new Set<string>();
  const transformer = new ScopeTransformer(transforms, (reason) => {
    // Metric names are part of the reason, so there are few distinct reasons.
    if (reported.size >= MAX_REPORTED || reported.has(reason)) return;
    reported.add(reason);
    logger.warn({ reason }, 'metric not transformed');
  });
  return {
    consume(batch) {
      const parts: Uint8Array[] = [];
      let itemCount = 0;
      let isChanged = false;
      let deleted = 0;
      for (const part of batch.parts) {
        const rewriting = new Rewriting(transformer);
        const result = rewriteItems(batch.signal, part, rewriting.hooks);
        const groups = rewriting.grouped.finish();
        deleted += rewriting.deletedPoints;
        isChanged ||= result.changed || groups !== undefined;
        itemCount += result.kept + (groups?.itemCount ?? 0);
        for (const bytes of [result.bytes, groups?.bytes]) if (bytes !== undefined) parts.push(bytes);
      }
      if (deleted > 0) dropped(deleted, 'filtered');
      if (!isChanged) return next.consume(batch);
      reportChange(context, batch.itemCount - deleted, itemCount);
      if (itemCount === 0) return ACCEPTED;
      const sizeBytes = parts.reduce((sum, { length }) => sum + length, 0);
      return next.consume({ ...batch, parts, itemCount, sizeBytes });
    },
  };
}

const MAX_REPORTED = 100;

/** Rewrites the scopes of one request. */
class Rewriting {
  readonly grouped = new MetricsWriter();
  deletedPoints = 0;
  readonly hooks: RewriteHooks = {
    scope: (cursor) => {
      this.#transformScope(cursor);
      return 'keep';
    },
    metric: ({ metricStart }) =>
      this.#replacements?.get(metricStart) ?? (this.#replacements === undefined ? 'keep' : 'drop'),
    leave: (kind, { splices, scopeGroupEnd }) => {
      if (kind !== 'scope') return 0;
      let points = 0;
      for (const metric of this.#added) {
        splices.insert(scopeGroupEnd, writer.bytesField(METRICS_FIELD, metric.encode()).finish());
        points += metric.points.length;
      }
      this.#added = [];
      return points;
    },
  };
  readonly #transformer: ScopeTransformer;
  /** Decisions about the scope's original metrics, by offset; `undefined` if nothing changes. */
  #replacements: Map<number, Decision> | undefined;
  #added: readonly EditableMetric[] = [];

  constructor(transformer: ScopeTransformer) {
    this.#transformer = transformer;
  }

  #transformScope(cursor: ItemCursor): void {
    this.#replacements = undefined;
    this.#added = [];
    const { bytes, scopeGroupStart, scopeGroupEnd } = cursor;
    let isMatch = false;
    forEachPayload(bytes, scopeGroupStart, scopeGroupEnd, METRICS_FIELD, (start, end) => {
      isMatch ||= this.#transformer.matchesName(view.reset(bytes, start, end).name);
    });
    if (!isMatch) return;
    const originals = new Map<EditableMetric, number>();
    forEachPayload(bytes, scopeGroupStart, scopeGroupEnd, METRICS_FIELD, (start, end) => {
      originals.set(new EditableMetric(bytes, start, end), start);
    });
    const { metrics, groups, deletedPoints } = this.#transformer.transform([...originals.keys()]);
    this.deletedPoints += deletedPoints;
    for (const group of groups) this.#write(group, cursor);
    const replacements = new Map<number, Decision>();
    const added: EditableMetric[] = [];
    for (const metric of metrics) {
      const start = originals.get(metric);
      if (start === undefined) added.push(metric);
      else replacements.set(start, metric.isUnchanged ? 'keep' : metric.encode());
    }
    // A scope disappears with its last metric, so new metrics take the place of removed ones first.
    for (const start of originals.values()) {
      if (added.length === 0) break;
      if (!replacements.has(start)) replacements.set(start, added.shift()?.encode() ?? new Uint8Array());
    }
    this.#replacements = replacements;
    this.#added = added;
  }

  /** Writes metrics into a separate resource. */
  #write({ labels, metrics }: MetricGroup, cursor: ItemCursor): void {
    const { bytes, resourceStart, resourceEnd, scopeStart, scopeEnd } = cursor;
    if (metrics.length === 0) return;
    const editor = new AttributeEditor();
    const splices = new Splices();
    editor.reset(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes);
    for (const [key, value] of Object.entries(labels)) editor.set(EncodedAttribute.of(key, value));
    editor.record(splices);
    this.grouped.resource(splices.apply(bytes, resourceStart, resourceEnd)).scope(bytes.subarray(scopeStart, scopeEnd));
    for (const metric of metrics) this.grouped.encodedMetric(metric.encode(), metric.points.length);
  }
}

const view = new MetricView();
const writer = new WireWriter(256);
