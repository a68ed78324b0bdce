import { absentLabels } from '../evaluate/absent.ts';
import { VECTOR_FUNCTIONS } from '../functions/instant-functions.ts';
import { bucketQuantile, ClassicBuckets } from '../histogram/classic.ts';
import type { Labels } from '../labels/labels.ts';
import { Labels as LabelSet } from '../labels/labels.ts';
import type { CallExpr } from '../parse/ast.ts';
import { parseNumber } from '../parse/literals.ts';
import { emptyVector, nameless, type PlanNode, vectorOf } from './plan-node.ts';
import { SeriesTable } from './series-table.ts';

/** Creates the part for a function of an instant vector or of numbers; `undefined` if there is none for it. */
export function functionNode(call: CallExpr, args: readonly PlanNode[]): PlanNode | undefined {
  const [first, second] = args;
  if (call.name === 'time') return { run: ({ time }) => ({ kind: 'scalar', value: time / 1000 }) };
  if (first === undefined) return undefined;
  if (call.name === 'vector') return vectorNode(first);
  if (call.name === 'scalar') return scalarNode(first);
  if (call.name === 'absent') return absentNode(call, first);
  if (call.name === 'histogram_quantile' && second !== undefined) return quantileNode(first, second);
  const map = VECTOR_FUNCTIONS.get(call.name);
  if (map === undefined) return undefined;
  return {
    run(context) {
      const vector = vectorOf(first, context);
      const scalars = args.slice(1).map((arg) => scalarOf(arg.run(context)));
      const result = emptyVector(vector.table);
      for (let row = 0; row < vector.values.length; row++) {
        const value = vector.present[row] === 1 ? map(vector.values[row], scalars) : undefined;
        if (value === undefined) continue;
        result.values[row] = value;
        result.present[row] = 1;
      }
      return nameless(result);
    },
  };
}

function scalarOf(result: ReturnType<PlanNode['run']>): number {
  if (result.kind === 'scalar') return result.value;
  throw new Error('expected a scalar, got a vector');
}

const UNLABELED = new SeriesTable([LabelSet.EMPTY]);

function vectorNode(argument: PlanNode): PlanNode {
  return {
    run: (context) => ({
      kind: 'vector',
      table: UNLABELED,
      values: Float64Array.of(scalarOf(argument.run(context))),
      present: Uint8Array.of(1),
    }),
  };
}

function scalarNode(argument: PlanNode): PlanNode {
  return {
    run(context) {
      const { values, present } = vectorOf(argument, context);
      const row = present.indexOf(1);
      return { kind: 'scalar', value: row < 0 || present.indexOf(1, row + 1) >= 0 ? Number.NaN : values[row] };
    },
  };
}

function absentNode({ args: [expr] }: CallExpr, argument: PlanNode): PlanNode | undefined {
  if (expr === undefined) return undefined;
  const table = new SeriesTable([absentLabels(expr)]);
  return {
    run(context) {
      const isAbsent = !vectorOf(argument, context).present.includes(1);
      return { kind: 'vector', table, values: Float64Array.of(1), present: Uint8Array.of(isAbsent ? 1 : 0) };
    },
  };
}

/** The buckets of each classic histogram, by ascending bounds. */
interface ClassicGroups {
  readonly table: SeriesTable;
  readonly buckets: readonly (readonly { readonly row: number; readonly upperBound: number }[])[];
}

function quantileNode(quantile: PlanNode, argument: PlanNode): PlanNode {
  return {
    run(context) {
      const q = scalarOf(quantile.run(context));
      const { table, values, present } = vectorOf(argument, context);
      const groups = table.derive('le', classicGroups);
      const result = emptyVector(groups.table);
      for (const [group, buckets] of groups.buckets.entries()) {
        const found = new ClassicBuckets(buckets.length);
        found.length = 0;
        for (const { row, upperBound } of buckets) if (present[row] === 1) found.add(upperBound, values[row]);
        if (found.length === 0) continue;
        result.values[group] = bucketQuantile(q, found, () => undefined);
        result.present[group] = 1;
      }
      return nameless(result);
    },
  };
}

const BOUND = 'le';

function classicGroups({ labels }: SeriesTable): ClassicGroups {
  const groups = new Map<string, { readonly labels: Labels; buckets: { row: number; upperBound: number }[] }>();
  for (const [row, one] of labels.entries()) {
    const text = one.get(BOUND);
    const upperBound = /^[+-]?(\d|\.\d|inf|nan)/i.test(text) ? parseNumber(text) : undefined;
    if (upperBound === undefined) continue;
    const own = one.drop([BOUND]);
    const group = groups.get(own.key) ?? { labels: own, buckets: [] };
    groups.set(own.key, group);
    group.buckets.push({ row, upperBound });
  }
  const all = [...groups.values()];
  return {
    table: new SeriesTable(all.map((group) => group.labels)),
    buckets: all.map(({ buckets }) =>
      buckets.toSorted(({ upperBound: a }, { upperBound: b }) => (a < b ? -1 : a > b ? 1 : 0)),
    ),
  };
}
