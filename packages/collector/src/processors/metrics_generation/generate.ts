import {
  AttributeEditor,
  type BatchContext,
  DATA_POINT_FIELDS,
  DataPointView,
  EncodedAttribute,
  encodeKey,
  findField,
  forEachPayload,
  METRIC_DATA_FIELDS,
  METRIC_FIELDS,
  MetricView,
  payloadEnd,
  payloadStart,
  type RewriteHooks,
  readKey,
  SIGNALS,
  Splices,
  WireWriter,
} from '@otelier/otlp';
import { PointRecord } from '../../metrics/point-record.ts';
import { OPERATIONS, type Rule } from './rule.ts';

/** A gauge or sum with its encoded points. Metrics of other kinds have no points. */
interface Operand {
  readonly name: string;
  readonly kind: 'gauge' | 'sum' | undefined;
  readonly points: readonly Uint8Array[];
}

const METRICS_FIELD: number = SIGNALS.metrics.itemField;
const ATTRIBUTES_FIELD: number = DATA_POINT_FIELDS.gauge.attributes;

/** Returns hooks that append the rules' metrics to each scope that contains their first operand. */
export function generateMetrics(rules: readonly Rule[], matchAttributes: boolean): RewriteHooks<BatchContext> {
  if (rules.length === 0) return {};
  const names = new Set(rules.flatMap(({ metric1, metric2 }) => [metric1, metric2]));
  /** The last metric with each name in the resource, before any rule is applied. */
  let inResource = new Map<string, Operand>();
  return {
    resource({ bytes, resourceGroupStart, resourceGroupEnd }) {
      inResource = new Map();
      forEachPayload(bytes, resourceGroupStart, resourceGroupEnd, SIGNALS.metrics.scopeField, (start, end) => {
        for (const operand of operandsIn(bytes, start, end, names)) inResource.set(operand.name, operand);
      });
      return 'keep';
    },
    leave(kind, { bytes, scopeGroupStart, scopeGroupEnd, splices }) {
      if (kind !== 'scope') return 0;
      const operands = operandsIn(bytes, scopeGroupStart, scopeGroupEnd, names);
      let added = 0;
      for (const rule of operands.length === 0 ? [] : rules) {
        for (const { kind: type, points } of generate(rule, operands, inResource, matchAttributes)) {
          operands.push({ name: rule.name, kind: type, points });
          splices.insert(scopeGroupEnd, encodeMetric(rule, type, points));
          added += points.length;
        }
      }
      return added;
    },
  };
}

interface Generated {
  readonly kind: 'gauge' | 'sum';
  readonly points: readonly Uint8Array[];
}

/** Returns a rule's metrics: one for each metric in the scope that is its first operand. */
function generate(
  rule: Rule,
  operands: readonly Operand[],
  inResource: ReadonlyMap<string, Operand>,
  matchAttributes: boolean,
): Generated[] {
  const operation = OPERATIONS[rule.operation];
  const isCalculated = rule.type === 'calculate';
  const second = isCalculated ? inResource.get(rule.metric2) : undefined;
  if (operation === undefined || !inResource.has(rule.metric1) || (isCalculated && second === undefined)) return [];
  const generated: Generated[] = [];
  for (const { name, kind, points } of operands) {
    if (name !== rule.metric1 || kind === undefined) continue;
    const results =
      second !== undefined && matchAttributes
        ? combinePoints(points, second.points, operation)
        : points.flatMap((point) =>
            withResult(point, operation, second === undefined ? rule.scaleBy : firstOf(second)),
          );
    if (results.length > 0) generated.push({ kind, points: results });
  }
  return generated;
}

type Operation = (typeof OPERATIONS)[string];

/** Combines each point with those whose common attributes are equal. */
function combinePoints(
  first: readonly Uint8Array[],
  second: readonly Uint8Array[],
  operation: Operation,
): Uint8Array[] {
  return first.flatMap((point) =>
    second
      .filter((other) => isMatch(point, other))
      .flatMap((other) => withResult(point, operation, numberOf(other)).map((result) => withAttributes(result, other))),
  );
}

/** Returns the point with the result as its value, or nothing if there is no result. */
function withResult(point: Uint8Array, operation: Operation, operand: number): Uint8Array[] {
  const value = operation(numberOf(point), operand);
  return value === undefined ? [] : [record.load(point, 'gauge').setNumber(value).apply()];
}

function firstOf({ points: [point] }: Operand): number {
  return point === undefined ? 0 : numberOf(point);
}

/** Returns the metrics in a scope whose names may be those of operands. */
function operandsIn(bytes: Uint8Array, start: number, end: number, names: ReadonlySet<string>): Operand[] {
  const operands: Operand[] = [];
  const metric = new MetricView();
  forEachPayload(bytes, start, end, METRICS_FIELD, (from, to) => {
    const { name, kind } = metric.reset(bytes, from, to);
    if (!names.has(name)) return;
    const points: Uint8Array[] = [];
    if (kind !== 'gauge' && kind !== 'sum') {
      operands.push({ name, kind: undefined, points });
      return;
    }
    const data = findField(bytes, from, to, METRIC_FIELDS[kind]);
    forEachPayload(
      bytes,
      payloadStart(bytes, data),
      payloadEnd(bytes, data),
      METRIC_DATA_FIELDS.dataPoints,
      (at, until) => {
        points.push(bytes.subarray(at, until));
      },
    );
    operands.push({ name, kind, points });
  });
  return operands;
}

const view = new DataPointView();
const record = new PointRecord();

function numberOf(point: Uint8Array): number {
  return Number(view.ofKind('gauge').reset(point).value ?? 0);
}

/** Reports whether the attributes that both points have in common are equal. */
function isMatch(a: Uint8Array, b: Uint8Array): boolean {
  const others = new Map(attributesOf(b).map(({ key, value }) => [key, value]));
  return attributesOf(a).every(({ key, value }) => {
    const other = others.get(key);
    return other === undefined || Buffer.compare(value, other) === 0;
  });
}

/** Returns the point with all attributes of another point added. */
function withAttributes(point: Uint8Array, source: Uint8Array): Uint8Array {
  const editor = new AttributeEditor();
  const splices = new Splices();
  editor.reset(point, 0, point.length, ATTRIBUTES_FIELD);
  for (const { key, value } of attributesOf(source)) editor.set(EncodedAttribute.ofRaw(encodeKey(key), value));
  editor.record(splices);
  return splices.apply(point);
}

function attributesOf(point: Uint8Array): { readonly key: string; readonly value: Uint8Array }[] {
  const attributes: { readonly key: string; readonly value: Uint8Array }[] = [];
  forEachPayload(point, 0, point.length, ATTRIBUTES_FIELD, (start, end) => {
    const value = findField(point, start, end, 2);
    const encoded = value < 0 ? new Uint8Array() : point.subarray(payloadStart(point, value), payloadEnd(point, value));
    attributes.push({ key: readKey(point, start, end), value: encoded });
  });
  return attributes;
}

/** Encodes a metric as a field of its scope. As in the Collector, generated sums have no temporality. */
function encodeMetric({ name, unit }: Rule, kind: 'gauge' | 'sum', points: readonly Uint8Array[]): Uint8Array {
  writer.open(METRICS_FIELD);
  writer.stringField(METRIC_FIELDS.name, name);
  if (unit !== '') writer.stringField(METRIC_FIELDS.unit, unit);
  writer.open(METRIC_FIELDS[kind]);
  for (const point of points) writer.bytesField(METRIC_DATA_FIELDS.dataPoints, point);
  writer.close();
  writer.close();
  return writer.finish();
}

const writer = new WireWriter();
