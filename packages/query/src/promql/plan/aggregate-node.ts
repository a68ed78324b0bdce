import { groupLabels } from '../evaluate/aggregate/group.ts';
import { Mean } from '../functions/numbers.ts';
import type { AggregateExpr } from '../parse/ast.ts';
import { emptyVector, type FloatVector, type PlanNode, vectorOf } from './plan-node.ts';
import { SeriesTable } from './series-table.ts';

/** The group of each row, and the labels of the groups. */
interface Groups {
  readonly table: SeriesTable;
  readonly ofRow: Int32Array;
}

type Fold = (vector: FloatVector, groups: Groups) => FloatVector;

/** Creates the part for an aggregation; `undefined` if there is none for its operator. */
export function aggregateNode(expr: AggregateExpr, argument: PlanNode): PlanNode | undefined {
  const fold = FOLDS[expr.operator];
  if (fold === undefined) return undefined;
  const key = `group ${expr.without} ${JSON.stringify(expr.grouping)}`;
  const group = ({ labels }: SeriesTable): Groups => {
    const indexes = new Map<string, number>();
    const groups: SeriesTable['labels'][number][] = [];
    const ofRow = Int32Array.from(labels, (one) => {
      const own = groupLabels(one, expr);
      const known = indexes.get(own.key);
      if (known !== undefined) return known;
      indexes.set(own.key, groups.length);
      groups.push(own);
      return groups.length - 1;
    });
    return { table: new SeriesTable(groups), ofRow };
  };
  return {
    run(context) {
      const vector = vectorOf(argument, context);
      return fold(vector, vector.table.derive(key, group));
    },
  };
}

const FOLDS: Partial<Readonly<Record<AggregateExpr['operator'], Fold>>> = {
  sum: sumOf,
  avg: meanOf,
  count: (vector, groups) => counted(vector, groups, false),
  group: (vector, groups) => counted(vector, groups, true),
  min: (vector, groups) => extremeOf(vector, groups, -1),
  max: (vector, groups) => extremeOf(vector, groups, 1),
};

/** Sums with compensation, as the general evaluation does. */
function sumOf({ values, present }: FloatVector, { table, ofRow }: Groups): FloatVector {
  const result = emptyVector(table);
  const { values: sums, present: found } = result;
  const errors = new Float64Array(table.size);
  for (let row = 0; row < values.length; row++) {
    if (present[row] === 0) continue;
    const group = ofRow[row];
    const value = values[row];
    if (found[group] === 0) {
      found[group] = 1;
      sums[group] = value;
      continue;
    }
    const before = sums[group];
    const total = before + value;
    if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) errors[group] = 0;
    else if (Math.abs(before) >= Math.abs(value)) errors[group] += before - total + value;
    else errors[group] += value - total + before;
    sums[group] = total;
  }
  for (let group = 0; group < sums.length; group++) sums[group] += errors[group];
  return result;
}

function meanOf({ values, present }: FloatVector, { table, ofRow }: Groups): FloatVector {
  const result = emptyVector(table);
  const means = new Array<Mean | undefined>(table.size);
  for (let row = 0; row < values.length; row++) {
    if (present[row] === 0) continue;
    const group = ofRow[row];
    const mean = means[group] ?? new Mean();
    means[group] = mean;
    mean.add(values[row]);
  }
  for (const [group, mean] of means.entries()) {
    if (mean === undefined) continue;
    result.values[group] = mean.value;
    result.present[group] = 1;
  }
  return result;
}

function counted({ values, present }: FloatVector, { table, ofRow }: Groups, isGroup: boolean): FloatVector {
  const result = emptyVector(table);
  for (let row = 0; row < values.length; row++) {
    if (present[row] === 0) continue;
    const group = ofRow[row];
    result.values[group] = isGroup ? 1 : result.values[group] + 1;
    result.present[group] = 1;
  }
  return result;
}

/** Returns the largest (1) or smallest (-1) values. NaN only where there is nothing else. */
function extremeOf({ values, present }: FloatVector, { table, ofRow }: Groups, sign: 1 | -1): FloatVector {
  const result = emptyVector(table);
  const { values: best, present: found } = result;
  for (let row = 0; row < values.length; row++) {
    if (present[row] === 0) continue;
    const group = ofRow[row];
    const value = values[row];
    if (found[group] === 0 || isBetter(value, best[group], sign)) {
      best[group] = value;
      found[group] = 1;
    }
  }
  return result;
}

function isBetter(value: number, best: number, sign: 1 | -1): boolean {
  return Number.isNaN(best) || (sign === 1 ? value > best : value < best);
}
