import { DATA_POINT_FIELDS, type DataPointView, type MetricView } from '@otelier/otlp';
import { xxHash64 } from '@otelier/query/xxhash64';
import { orderOfTexts } from '../../../ottl/values/compare.ts';
import type { Value, ValueMap } from '../../../ottl/values/value.ts';
import { attributesIn, type Origin } from '../origin.ts';
import { CONTROL, type Index } from '../routing.ts';
import { Document } from './document.ts';
import { addAttributes, addStream } from './ecs.ts';
import { ATTRIBUTES, namesOf } from './ecs-names.ts';
import { type Field, field, objectOf, textField, valueJson } from './json.ts';
import { attributesField, resourceField, scopeField, streamField } from './otel.ts';
import { documentCount, hintsOf, type PointValue, pointValue } from './point-values.ts';

/** Data points that one document contains: those with the same time and attributes. */
export interface PointGroup {
  readonly origin: Origin;
  readonly index: Index;
  readonly attributes: ValueMap;
  readonly unit: string;
  readonly timeNanos: bigint;
  readonly startNanos: bigint;
  readonly points: GroupedPoint[];
}

/** A data point of a group. */
interface GroupedPoint {
  readonly name: string;
  readonly value: PointValue | { readonly reason: string };
  /** Number of measurements, if the document has it. */
  readonly documentCount: bigint;
}

/** A document with what the bulk request says about it. */
export interface MetricsDocument {
  readonly json: string;
  readonly templates: ReadonlyMap<string, string>;
  readonly rejectedPoints: number;
  readonly reason: string;
}

const ECS_NAMES = namesOf(ATTRIBUTES.resource);
/** Attributes that do not tell groups apart. */
const RESERVED: ReadonlySet<string> = new Set([CONTROL.type, CONTROL.dataset, CONTROL.namespace, CONTROL.hints]);

/** Groups data points into documents. */
export class PointGroups {
  readonly #groups = new Map<string, PointGroup>();
  readonly #mode: 'otel' | 'ecs';

  constructor(mode: 'otel' | 'ecs') {
    this.#mode = mode;
  }

  get groups(): Iterable<PointGroup> {
    return this.#groups.values();
  }

  add(point: DataPointView, metric: MetricView, origin: Origin, attributes: ValueMap, index: Index): void {
    const key = this.#keyOf(point, metric, origin, attributes, index);
    let group = this.#groups.get(key);
    if (group === undefined) {
      const { timeUnixNano: timeNanos, startTimeUnixNano: startNanos } = point;
      group = { origin, index, attributes, unit: metric.unit, timeNanos, startNanos, points: [] };
      this.#groups.set(key, group);
    }
    const hints = hintsOf(attributes);
    group.points.push({
      name: metric.name,
      value: pointValue(point, metric, hints),
      documentCount: hints.includes('_doc_count') ? documentCount(point) : 0n,
    });
  }

  #keyOf(point: DataPointView, metric: MetricView, origin: Origin, attributes: ValueMap, index: Index): string {
    const { resource, scope } = origin;
    const own = [index.name, point.timeUnixNano];
    if (this.#mode === 'ecs') return [...own, keyOf(new Map([...resource.attributes, ...attributes]))].join('\n');
    const others = [keyOf(resource.attributes), scope.name, keyOf(scope.attributes), keyOf(attributes)];
    return [...own, point.startTimeUnixNano, metric.unit, ...others].join('\n');
  }
}

/** Decodes the attributes of a data point. */
export function pointAttributes(point: DataPointView): ValueMap {
  return attributesIn(point, DATA_POINT_FIELDS[point.kind].attributes);
}

function keyOf(attributes: ValueMap): string {
  const entries = [...attributes].filter(([key]) => !RESERVED.has(key)).sort(([a], [b]) => orderOfTexts(a, b));
  return entries.map(([key, value]) => `${JSON.stringify(key)}${valueJson(value)}`).join();
}

/** Encodes a group as a document of the mapping mode `otel`. Of several points of a metric, the first one counts. */
export function otelMetrics({ origin, index, attributes, unit, ...group }: PointGroup): MetricsDocument {
  const metrics: string[] = [];
  const names = new Set<string>();
  const templates = new Map<string, string>();
  const rejected: string[] = [];
  let count = 0n;
  for (const { name, value, documentCount: own } of group.points) {
    if (names.has(name)) {
      rejected.push(`${name}: expected one data point with these attributes and this time, got several`);
      continue;
    }
    names.add(name);
    if (own !== 0n) count = own;
    if ('reason' in value) rejected.push(value.reason);
    else {
      metrics.push(field(name, valueJson(value.value)));
      templates.set(`metrics.${name}`, value.otelTemplate);
    }
  }
  const hash = xxHash64(Buffer.from([...names].sort(orderOfTexts).join(''))).toString(16);
  const json = objectOf([
    millisField('@timestamp', group.timeNanos),
    group.startNanos === 0n ? undefined : millisField('start_timestamp', group.startNanos),
    textField('unit', unit),
    streamField(index),
    attributesField(attributes, true),
    resourceField(origin.resource, true),
    scopeField(origin.scope, true),
    field('metrics', objectOf(metrics)),
    count === 0n ? undefined : field('_doc_count', String(count)),
    textField('_metric_names_hash', hash),
  ]);
  return { json, templates, rejectedPoints: rejected.length, reason: rejected[0] ?? '' };
}

function millisField(key: string, nanos: bigint): Field {
  return field(key, String(nanos / 1_000_000n));
}

/** Encodes a group as a document of the Elastic Common Schema. */
export function ecsMetrics({ origin, index, attributes, timeNanos, points }: PointGroup): MetricsDocument {
  const document = new Document();
  addAttributes(document, origin.resource.attributes, ATTRIBUTES.resource);
  document.time('@timestamp', timeNanos).attributes('', attributes);
  addStream(document, index);
  const templates = new Map<string, string>();
  const rejected: string[] = [];
  let count = 0n;
  for (const { name, value, documentCount: own } of points) {
    if ('reason' in value) {
      rejected.push(value.reason);
      continue;
    }
    document.attribute(name, value.value satisfies Value);
    templates.set(name, value.ecsTemplate);
    if (own !== 0n) count = own;
  }
  if (count !== 0n) document.integer('_doc_count', count);
  return {
    json: document.encode(true, ECS_NAMES),
    templates,
    rejectedPoints: rejected.length,
    reason: rejected[0] ?? '',
  };
}
