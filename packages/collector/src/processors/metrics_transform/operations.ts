import { VERSION } from '../../component/version.ts';
import { aggregatePoints, toInteger } from '../../ottl/points/aggregate-points.ts';
import type { Operation } from './config.ts';
import type { EditableMetric } from './editable-metric.ts';
import type { Include } from './include.ts';
import { scalePoint } from './scale.ts';

/** Thrown for an operation that a metric does not support. Later operations are skipped, as in the Collector. */
export class OperationError extends Error {
  override readonly name: string = 'OperationError';
}

/** Changes a metric. Returns the number of deleted points. */
type Change = (metric: EditableMetric, include: Include) => number;

/** Compiles an operation. `isWhole` marks operations on all points, which apply only to metrics whose points all match. */
export function compileOperation(operation: Operation): { readonly isWhole: boolean; readonly change: Change } {
  const { action, label, newLabel, labelSet, aggregationType, aggregatedValues, experimentalScale, labelValue } =
    operation;
  const newValue = withVersion(operation.newValue);
  switch (action) {
    case 'add_label':
      return whole((metric) => {
        for (const point of metric.points) if (!point.has(newLabel)) point.setText(newLabel, newValue);
      });
    case 'update_label': {
      const values = new Map(operation.valueActions.map((each) => [each.value, withVersion(each.newValue)]));
      return matching((point) => point.renameAttribute(label, newLabel, values));
    }
    case 'delete_label_value':
      return {
        isWhole: true,
        change: (metric) => metric.filterPoints((point) => point.textOf(label) !== labelValue),
      };
    case 'toggle_scalar_data_type':
      return matching((point, { kind }) => {
        if (kind !== 'gauge' && kind !== 'sum') return;
        const { value } = point;
        if (typeof value === 'bigint') point.value = Number(value);
        else if (value !== undefined) point.value = toInteger(value);
      });
    case 'experimental_scale_value':
      return matching((point, { kind }) => scalePoint(point, kind, experimentalScale));
    case 'aggregate_labels': {
      const kept = new Set(labelSet);
      return whole((metric) => {
        rejectSummary(metric, action);
        for (const point of metric.points) point.keepAttributes(kept);
        metric.replacePoints(aggregatePoints(metric.points, aggregationType, metric.isDelta));
      });
    }
    case 'aggregate_label_values': {
      const aggregated = new Set(aggregatedValues);
      return whole((metric) => {
        rejectSummary(metric, action);
        for (const point of metric.points) {
          const text = point.textOf(label);
          if (text !== undefined && aggregated.has(text)) point.setText(label, newValue);
        }
        metric.replacePoints(aggregatePoints(metric.points, aggregationType, metric.isDelta));
      });
    }
  }
}

function whole(change: (metric: EditableMetric) => void) {
  return {
    isWhole: true,
    change: (metric: EditableMetric) => {
      change(metric);
      return 0;
    },
  };
}

function matching(change: (point: EditableMetric['points'][number], metric: EditableMetric) => void) {
  return {
    isWhole: false,
    change: (metric: EditableMetric, include: Include) => {
      for (const point of metric.points) if (include.matchesPoint(point)) change(point, metric);
      return 0;
    },
  };
}

function rejectSummary({ kind, name }: EditableMetric, action: string): void {
  if (kind === 'summary')
    throw new OperationError(`${action}: expected a metric of another kind than the summary "${name}"`);
}

function withVersion(text: string): string {
  return text.replaceAll('{{version}}', VERSION);
}
