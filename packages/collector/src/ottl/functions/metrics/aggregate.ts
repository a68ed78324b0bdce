import { METRIC_FIELDS, metricKindOf } from '@otelier/otlp';
import { TEMPORALITY } from '../../../metrics/metric-data.ts';
import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { listOf, literalText, optional } from '../../compile/parameters.ts';
import { aggregatePoints, AGGREGATIONS as NAMES } from '../../points/aggregate-points.ts';
import { EditablePoint } from '../../points/editable-point.ts';
import { bytesField, join } from '../../record/encode.ts';
import type { Subject } from '../../record/subject.ts';
import { EvaluationError } from '../../values/value.ts';
import { forEachPoint, POINTS, temporalityOfData } from './points.ts';

/** Editors that aggregate a metric's data points. */
export const AGGREGATIONS: readonly FunctionDefinition[] = [
  defineFunction(
    'aggregate_on_attributes',
    { function: literalText(), attributes: optional(listOf(literalText())) },
    ({ function: name, attributes }) => {
      checkAggregation(name);
      const kept = attributes === undefined ? undefined : new Set(attributes);
      return (subject) => {
        aggregate(subject, name, (point) => {
          if (kept !== undefined) point.keepAttributes(kept);
        });
        return undefined;
      };
    },
  ),
  defineFunction(
    'aggregate_on_attribute_value',
    { function: literalText(), attribute: literalText(), values: listOf(literalText()), newValue: literalText() },
    ({ function: name, attribute, values, newValue }) => {
      checkAggregation(name);
      const replaced = new Set(values);
      return (subject) => {
        aggregate(subject, name, (point) => {
          const text = point.textOf(attribute);
          if (text !== undefined && replaced.has(text)) point.setText(attribute, newValue);
        });
        return undefined;
      };
    },
  ),
];

function checkAggregation(name: string): void {
  if (!NAMES.some((known) => known === name))
    throw new EvaluationError(`expected the aggregation ${NAMES.join(', ')}, got "${name}"`);
}

/** Aggregates a metric's points after `edit` has changed their attributes. Metadata is lost, as in the Collector. */
function aggregate(subject: Subject, name: string, edit: (point: EditablePoint) => void): void {
  const kind = metricKindOf(subject.dataField);
  if (kind === undefined) return;
  if (kind === 'summary') throw new EvaluationError('expected a metric of another kind than a summary to aggregate');
  const points: EditablePoint[] = [];
  forEachPoint(subject, ({ bytes, start, end }) => {
    const point = new EditablePoint(kind, bytes, start, end);
    edit(point);
    points.push(point);
  });
  const isDelta = Number(temporalityOfData(subject)) === TEMPORALITY.delta;
  const aggregated = aggregatePoints(points, name, isDelta);
  subject.data.putAll(POINTS, join(aggregated.map((point) => bytesField(POINTS, point.encode()))));
  if (subject.metric.find(METRIC_FIELDS.metadata) >= 0)
    subject.metric.attributes.replace(METRIC_FIELDS.metadata, new Map());
}
