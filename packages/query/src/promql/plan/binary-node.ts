import { ARITHMETIC, COMPARISON, type ElementOperator } from '../evaluate/binary/element.ts';
import { matchedLabels, ONE_TO_ONE } from '../evaluate/binary/signature.ts';
import type { Labels } from '../labels/labels.ts';
import type { BinaryExpr, SetOperator, VectorMatching } from '../parse/ast.ts';
import {
  emptyVector,
  type FloatScalar,
  type FloatVector,
  nameless,
  type PlanNode,
  PlanUnavailable,
  unique,
  vectorOf,
} from './plan-node.ts';
import { SeriesTable } from './series-table.ts';

/** Combines two numbers. Returns `undefined` where a comparison does not hold. */
type Combine = (a: number, b: number) => number;

/** Creates the part for an arithmetic operator or comparison; `undefined` if there is none for it. */
export function binaryNode(expr: BinaryExpr, left: PlanNode, right: PlanNode): PlanNode | undefined {
  const operator = expr.operator as ElementOperator;
  const { returnBool, matching = ONE_TO_ONE } = expr;
  if (matching.fillLeft !== undefined || matching.fillRight !== undefined) return undefined;
  const compare = Object.hasOwn(COMPARISON, operator) ? COMPARISON[operator as keyof typeof COMPARISON] : undefined;
  const arithmetic = Object.hasOwn(ARITHMETIC, operator) ? ARITHMETIC[operator as keyof typeof ARITHMETIC] : undefined;
  const combine: Combine | undefined = arithmetic ?? (compare && ((a, b) => (compare(a, b) ? 1 : 0)));
  if (combine === undefined) return undefined;
  const isFilter = compare !== undefined && !returnBool;
  const matcher = new PairMatcher(matching, arithmetic !== undefined || returnBool);
  return {
    run(context) {
      const [a, b] = [left.run(context), right.run(context)];
      if (a.kind === 'scalar') {
        if (b.kind === 'scalar') return { kind: 'scalar', value: combine(a.value, b.value) };
        return withScalar(b, a, (value, scalar) => combine(scalar, value), isFilter);
      }
      if (b.kind === 'scalar') return withScalar(a, b, combine, isFilter);
      return matcher.combine(a, b, combine, isFilter);
    },
  };
}

function withScalar(
  vector: FloatVector,
  { value: scalar }: FloatScalar,
  combine: Combine,
  isFilter: boolean,
): FloatVector {
  const { table, values, present } = vector;
  const size = values.length;
  if (isFilter) {
    const kept = new Uint8Array(size);
    for (let row = 0; row < size; row++) if (present[row] === 1 && combine(values[row], scalar) === 1) kept[row] = 1;
    return { kind: 'vector', table, values, present: kept };
  }
  const results = new Float64Array(size);
  for (let row = 0; row < size; row++) if (present[row] === 1) results[row] = combine(values[row], scalar);
  return nameless({ kind: 'vector', table, values: results, present });
}

/** The rows of two tables that are combined, and the rows of the result. */
interface Pairs {
  readonly left: SeriesTable;
  readonly right: SeriesTable;
  readonly many: Int32Array;
  readonly one: Int32Array;
  readonly table: SeriesTable;
  /** Groups in which a side has several rows, of which at most one may be present. */
  readonly conflicts: readonly { readonly many: readonly number[]; readonly one: readonly number[] }[];
}

/** Matches the rows of two vectors. The pairs of the last two tables are kept. */
class PairMatcher {
  readonly #matching: VectorMatching;
  readonly #dropsName: boolean;
  #pairs: Pairs | undefined;

  constructor(matching: VectorMatching, dropsName: boolean) {
    this.#matching = matching;
    this.#dropsName = dropsName;
  }

  combine(left: FloatVector, right: FloatVector, combine: Combine, isFilter: boolean): FloatVector {
    const isSwapped = this.#matching.cardinality === 'one-to-many';
    const [many, one] = isSwapped ? [right, left] : [left, right];
    const pairs = this.#pairsOf(many.table, one.table);
    for (const group of pairs.conflicts) {
      // The general evaluation says what is wrong.
      if (isAmbiguous(group.one, one) || (this.#isOneToOne && isAmbiguous(group.many, many)))
        throw new PlanUnavailable();
    }
    const result = emptyVector(pairs.table);
    const { values, present } = result;
    for (let row = 0; row < values.length; row++) {
      const [m, o] = [pairs.many[row], pairs.one[row]];
      if (many.present[m] === 0 || one.present[o] === 0) continue;
      const [a, b] = isSwapped ? [one.values[o], many.values[m]] : [many.values[m], one.values[o]];
      const value = combine(a, b);
      if (isFilter && value !== 1) continue;
      // A comparison keeps the value of the left side.
      values[row] = isFilter ? a : value;
      present[row] = 1;
    }
    return unique(result);
  }

  get #isOneToOne(): boolean {
    return this.#matching.cardinality === 'one-to-one';
  }

  #pairsOf(many: SeriesTable, one: SeriesTable): Pairs {
    if (this.#pairs?.left === many && this.#pairs.right === one) return this.#pairs;
    const groups = groupsOf(one, this.#matching);
    const ofMany = groupsOf(many, this.#matching);
    const pairs: { readonly many: number; readonly one: number }[] = [];
    const conflicts: { many: readonly number[]; one: readonly number[] }[] = [];
    for (const [key, manyRows] of ofMany) {
      const oneRows = groups.get(key) ?? [];
      if (oneRows.length > 1 || (this.#isOneToOne && oneRows.length > 0 && manyRows.length > 1)) {
        conflicts.push({ many: manyRows, one: oneRows });
      }
      for (const m of manyRows) for (const o of oneRows) pairs.push({ many: m, one: o });
    }
    for (const [key, oneRows] of groups)
      if (oneRows.length > 1 && !ofMany.has(key)) conflicts.push({ many: [], one: oneRows });
    this.#pairs = {
      left: many,
      right: one,
      many: Int32Array.from(pairs, (pair) => pair.many),
      one: Int32Array.from(pairs, (pair) => pair.one),
      table: new SeriesTable(pairs.map((pair) => this.#resultLabels(many.labels[pair.many], one.labels[pair.one]))),
      conflicts,
    };
    return this.#pairs;
  }

  #resultLabels(many: Labels, one: Labels): Labels {
    const { on, labels, include } = this.#matching;
    let result = this.#dropsName ? many.withoutMetadata : many;
    if (this.#isOneToOne) result = on ? result.keep(labels) : result.drop(labels);
    for (const name of include) result = result.with(name, one.get(name));
    return result;
  }
}

function isAmbiguous(rows: readonly number[], { present }: FloatVector): boolean {
  let count = 0;
  for (const row of rows) count += present[row];
  return count > 1;
}

/** Rows by the key of the labels by which they are matched. */
function groupsOf(table: SeriesTable, matching: VectorMatching): ReadonlyMap<string, readonly number[]> {
  return table.derive(`match ${matching.on} ${JSON.stringify(matching.labels)}`, ({ labels }) =>
    Map.groupBy(labels.keys(), (row) => matchedLabels(labels[row], matching).key),
  );
}

/** Creates the part for `and`, `or` or `unless`. */
export function setNode(
  operator: SetOperator,
  { matching = ONE_TO_ONE }: BinaryExpr,
  left: PlanNode,
  right: PlanNode,
): PlanNode {
  let last: { readonly left: SeriesTable; readonly right: SeriesTable; readonly table: SeriesTable } | undefined;
  return {
    run(context) {
      const [a, b] = [vectorOf(left, context), vectorOf(right, context)];
      if (operator !== 'or') return { ...a, present: filtered(a, b, matching, operator === 'and') };
      const kept = filtered(b, a, matching, false);
      if (last?.left !== a.table || last.right !== b.table) {
        last = { left: a.table, right: b.table, table: new SeriesTable([...a.table.labels, ...b.table.labels]) };
      }
      const result = emptyVector(last.table);
      result.values.set(a.values);
      result.values.set(b.values, a.values.length);
      result.present.set(a.present);
      result.present.set(kept, a.present.length);
      return unique(result);
    },
  };
}

/** Returns which rows are present, and in a group that is, or is not, in the other vector. */
function filtered(vector: FloatVector, other: FloatVector, matching: VectorMatching, wanted: boolean): Uint8Array {
  const kept = new Uint8Array(vector.present.length);
  const others = groupsOf(other.table, matching);
  for (const [key, rows] of groupsOf(vector.table, matching)) {
    const isThere = others.get(key)?.some((row) => other.present[row] === 1) ?? false;
    if (isThere !== wanted) continue;
    for (const row of rows) kept[row] = vector.present[row];
  }
  return kept;
}
