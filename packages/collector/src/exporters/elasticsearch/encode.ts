import {
  type Batch,
  type DataPointView,
  LOG_RECORD_FIELDS,
  type LogRecordView,
  type MetricView,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  type SpanView,
} from '@otelier/otlp';
import { attributeText } from '../../ottl/values/text.ts';
import type { ValueMap } from '../../ottl/values/value.ts';
import type { EncodedDocuments } from './bulk-documents.ts';
import { ecsLog, ecsSpan, ecsSpanEvent } from './documents/ecs.ts';
import { textJson } from './documents/json.ts';
import { legacyLog, legacySpan } from './documents/legacy.ts';
import { ecsMetrics, otelMetrics, PointGroups, pointAttributes } from './documents/metrics.ts';
import { otelLog, otelSpan, otelSpanEvent } from './documents/otel.ts';
import { hintsOf, isUnsupported } from './documents/point-values.ts';
import { bodyJson, Documents, encodeItems, type ItemEncoder, NO_MAP } from './encode-items.ts';
import { type MappingMode, parseMappingMode } from './mode.ts';
import { attributesIn, type Origin } from './origin.ts';
import { CONTROL, type Index, type Router, type StreamType } from './routing.ts';

/** Options for `createEncoder`. */
export interface EncodeOptions {
  readonly router: Router;
  /** The router of span events, which are log records in Elasticsearch. */
  readonly eventRouter: Router;
  readonly defaultMode: MappingMode;
  readonly allowedModes: readonly MappingMode[];
  readonly dynamicLogId: boolean;
  readonly dynamicSpanId: boolean;
  readonly dynamicPipeline: boolean;
}

/** What the action of a document says. */
interface Action {
  readonly id?: string | undefined;
  readonly pipeline?: string | undefined;
  readonly templates?: ReadonlyMap<string, string>;
}

const LEGACY_NAMES = {
  none: { attributes: 'Attributes', events: 'Events' },
  raw: { attributes: '', events: '' },
} as const;

const MODE_METADATA = 'x-elastic-mapping-mode';

/** Returns a function that encodes the items of a batch as documents. */
export function createEncoder(options: EncodeOptions): (batch: Batch) => EncodedDocuments {
  return (batch) => {
    const [name] = [batch.context.metadata[MODE_METADATA]].flat();
    const mode = name === undefined ? undefined : parseMappingMode(name);
    return encodeItems(batch, new Encoder(mode ?? options.defaultMode, options));
  };
}

class Encoder implements ItemEncoder {
  readonly documents = new Documents();
  readonly #options: EncodeOptions;
  readonly #mode: MappingMode;
  readonly #modes = new WeakMap<Origin, MappingMode | { readonly reason: string }>();
  readonly #groups = { otel: new PointGroups('otel'), ecs: new PointGroups('ecs') };

  constructor(mode: MappingMode, options: EncodeOptions) {
    this.#mode = mode;
    this.#options = options;
  }

  log(record: LogRecordView, origin: Origin): string | undefined {
    const { router, dynamicLogId, dynamicPipeline } = this.#options;
    const attributes = attributesIn(record, LOG_RECORD_FIELDS.attributes);
    if (hintsOf(attributes).includes('_noindex')) return undefined;
    const target = this.#target(router, origin, attributes, 'logs');
    if ('reason' in target) return target.reason;
    const json = logJson(record, origin, target);
    if (json === undefined) return NO_MAP;
    this.#add(target.mode, target.index, json, 1, {
      id: dynamicLogId ? attributeOf(attributes, CONTROL.documentId) : undefined,
      pipeline: dynamicPipeline ? attributeOf(attributes, CONTROL.pipeline) : undefined,
    });
    return undefined;
  }

  span(span: SpanView, origin: Origin): string | undefined {
    const { router, dynamicSpanId } = this.#options;
    const attributes = attributesIn(span, SPAN_FIELDS.attributes);
    const target = this.#target(router, origin, attributes, 'traces');
    if ('reason' in target) return target.reason;
    const { mode, index } = target;
    if (mode === 'bodymap') return 'the mapping mode bodymap has no spans';
    const id = dynamicSpanId ? attributeOf(attributes, CONTROL.documentId) : undefined;
    if (!hintsOf(attributes).includes('_noindex'))
      this.#add(mode, index, spanJson(span, origin, mode, index), 1, { id });
    if (mode === 'otel' || mode === 'ecs') this.#events(span, origin, mode);
    return undefined;
  }

  #events(span: SpanView, origin: Origin, mode: 'otel' | 'ecs'): void {
    const { eventRouter, dynamicSpanId } = this.#options;
    for (const event of span.events) {
      const attributes = attributesIn(event, SPAN_EVENT_FIELDS.attributes);
      if (hintsOf(attributes).includes('_noindex')) continue;
      const routed = eventRouter.route(origin, attributes, mode, 'logs');
      if ('reason' in routed) continue;
      const { index, json } =
        mode === 'otel'
          ? { index: routed, json: otelSpanEvent(span, event, origin, routed) }
          : ecsSpanEvent(span, event, origin);
      this.#add(mode, index, json, 0, { id: dynamicSpanId ? attributeOf(attributes, CONTROL.documentId) : undefined });
    }
  }

  point(point: DataPointView, metric: MetricView, origin: Origin): string | undefined {
    const attributes = pointAttributes(point);
    if (isUnsupported(metric)) return `${metric.name}: expected a histogram of deltas, got a cumulative one`;
    if (hintsOf(attributes).includes('_noindex')) return undefined;
    const target = this.#target(this.#options.router, origin, attributes, 'metrics');
    if ('reason' in target) return target.reason;
    const { mode, index } = target;
    if (mode !== 'otel' && mode !== 'ecs') return `the mapping mode ${mode} has no metrics`;
    this.#groups[mode].add(point, metric, origin, attributes, index);
    return undefined;
  }

  finish(): void {
    for (const mode of ['otel', 'ecs'] as const)
      for (const group of this.#groups[mode].groups) {
        const { json, templates, rejectedPoints, reason } = mode === 'otel' ? otelMetrics(group) : ecsMetrics(group);
        this.documents.reject(reason, rejectedPoints);
        this.#add(mode, group.index, json, group.points.length - rejectedPoints, { templates });
      }
  }

  /** Returns the mapping mode and the index of an item, or why it has none. */
  #target(
    router: Router,
    origin: Origin,
    attributes: ValueMap,
    type: StreamType,
  ): Target | { readonly reason: string } {
    const mode = this.#modeOf(origin);
    if (typeof mode !== 'string') return mode;
    const index = router.route(origin, attributes, mode, type);
    return 'reason' in index ? index : { mode, index };
  }

  /** Returns the mapping mode of a scope, which its attribute can set. */
  #modeOf(origin: Origin): MappingMode | { readonly reason: string } {
    const known = this.#modes.get(origin);
    if (known !== undefined) return known;
    const mode = this.#checkedMode(origin);
    this.#modes.set(origin, mode);
    return mode;
  }

  #checkedMode({ scope }: Origin): MappingMode | { readonly reason: string } {
    const { allowedModes } = this.#options;
    const { attributes } = scope;
    if (!attributes.has(CONTROL.mode)) return this.#mode;
    const name = attributeText(attributes.get(CONTROL.mode));
    const mode = parseMappingMode(name);
    if (mode !== undefined && allowedModes.includes(mode)) return mode;
    return { reason: `${CONTROL.mode}: expected one of ${allowedModes.join(', ')}, got "${name}"` };
  }

  #add(mode: MappingMode, index: Index, json: string, itemCount: number, { id, pipeline, templates }: Action): void {
    const isStream = mode === 'otel' || mode === 'ecs';
    const fields = [
      ...(id === undefined || id === '' ? [] : [`"_id":${textJson(id)}`]),
      ...(index.name === '' ? [] : [`"_index":${textJson(index.name)}`]),
      ...(pipeline === undefined || pipeline === '' ? [] : [`"pipeline":${textJson(pipeline)}`]),
      ...(templates === undefined || templates.size === 0
        ? []
        : [`"dynamic_templates":${JSON.stringify(Object.fromEntries(templates))}`]),
      ...(isStream ? ['"require_data_stream":true'] : []),
    ];
    this.documents.add(`{"create":{${fields.join()}}}`, json, itemCount);
  }
}

function attributeOf(attributes: ValueMap, key: string): string | undefined {
  return attributes.has(key) ? attributeText(attributes.get(key)) : undefined;
}

/** How and where an item is indexed. */
interface Target {
  readonly mode: MappingMode;
  readonly index: Index;
}

/** Encodes a log record; `undefined` if the mode needs a map as its body. */
function logJson(record: LogRecordView, origin: Origin, { mode, index }: Target): string | undefined {
  switch (mode) {
    case 'otel':
      return otelLog(record, origin, index);
    case 'ecs':
      return ecsLog(record, origin, index);
    case 'bodymap':
      return bodyJson(record);
    default:
      return legacyLog(record, origin, index, LEGACY_NAMES[mode]);
  }
}

function spanJson(span: SpanView, origin: Origin, mode: Exclude<MappingMode, 'bodymap'>, index: Index): string {
  if (mode === 'otel') return otelSpan(span, origin, index);
  return mode === 'ecs' ? ecsSpan(span, origin, index) : legacySpan(span, origin, index, LEGACY_NAMES[mode]);
}
