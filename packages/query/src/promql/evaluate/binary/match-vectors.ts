import { PromqlExecutionError } from '../../errors.ts';
import { Labels } from '../../labels/labels.ts';
import type { BinaryExpr, VectorMatching } from '../../parse/ast.ts';
import { formatLabels } from '../../parse/print-labels.ts';
import type { Context } from '../context.ts';
import { mergeSameLabels, type Sample, SeriesBuilder, type StepSeries, sampleAt } from '../series.ts';
import { changesMetric, combineSamples, type ElementOperator } from './element.ts';
import { groupByMatch, matchedLabels, ONE_TO_ONE } from './signature.ts';

/** Evaluates an arithmetic operator or comparison of two vectors. */
export function matchVectors(
  context: Context,
  expr: BinaryExpr,
  operator: ElementOperator,
  left: readonly StepSeries[],
  right: readonly StepSeries[],
): readonly StepSeries[] {
  const matching = expr.matching ?? ONE_TO_ONE;
  const isSwapped = matching.cardinality === 'one-to-many';
  const [many, one] = isSwapped ? [right, left] : [left, right];
  const manyGroups = groupByMatch(many, matching);
  const oneGroups = groupByMatch(one, matching);
  const results = new Results(context, expr, operator, matching, isSwapped);
  for (const key of new Set([...manyGroups.keys(), ...oneGroups.keys()])) {
    results.addGroup(manyGroups.get(key) ?? [], oneGroups.get(key) ?? [], { many, one });
  }
  return mergeSameLabels(results.build());
}

/** All series of both sides. */
interface Sides {
  readonly many: readonly StepSeries[];
  readonly one: readonly StepSeries[];
}

class Results {
  readonly #context: Context;
  readonly #expr: BinaryExpr;
  readonly #operator: ElementOperator;
  readonly #matching: VectorMatching;
  readonly #isSwapped: boolean;
  readonly #builders = new Map<
    string,
    { readonly labels: Labels; readonly dropName: boolean; readonly builder: SeriesBuilder }
  >();
  readonly #fillMany: number | undefined;
  readonly #fillOne: number | undefined;

  constructor(
    context: Context,
    expr: BinaryExpr,
    operator: ElementOperator,
    matching: VectorMatching,
    isSwapped: boolean,
  ) {
    this.#context = context;
    this.#expr = expr;
    this.#operator = operator;
    this.#matching = matching;
    this.#isSwapped = isSwapped;
    // The fill values belong to the left and right side as they are written; Prometheus does not swap them.
    this.#fillMany = matching.fillLeft;
    this.#fillOne = matching.fillRight;
  }

  build(): StepSeries[] {
    return [...this.#builders.values()].flatMap(({ builder, labels, dropName }) =>
      builder.points === 0 ? [] : [builder.build(labels, dropName)],
    );
  }

  addGroup(many: readonly StepSeries[], one: readonly StepSeries[], sides: Sides): void {
    if (many.length === 0 && this.#fillMany === undefined && one.length < 2) return;
    if (one.length === 0 && this.#fillOne === undefined) return;
    if (many.length === 1 && one.length === 1 && this.#fillMany === undefined && this.#fillOne === undefined) {
      this.#addPair(many[0], one[0]);
      return;
    }
    for (let step = 0; step < this.#context.grid.count; step++) this.#addStep(many, one, step, sides);
  }

  #addPair(many: StepSeries | undefined, one: StepSeries | undefined): void {
    if (many === undefined || one === undefined) return;
    const target = this.#target(many.labels, one.labels);
    for (let step = 0; step < many.kinds.length; step++) {
      if (many.kinds[step] === 0 || one.kinds[step] === 0) continue;
      const [a, b] = [sampleAt(many, step), sampleAt(one, step)];
      if (a !== undefined && b !== undefined) target.builder.set(step, this.#combine(a, b)?.sample);
    }
  }

  #addStep(many: readonly StepSeries[], one: readonly StepSeries[], step: number, sides: Sides): void {
    const isPresent = ({ kinds }: StepSeries): boolean => kinds[step] !== 0;
    const [presentMany, presentOne] = [many.filter(isPresent), one.filter(isPresent)];
    if (presentOne.length > 1) this.#rejectDuplicates(presentOne, step, sides);
    const [single] = presentOne;
    const seen = new Set<string>();
    for (const series of presentMany) {
      const other = single === undefined ? this.#fillOne : sampleAt(single, step);
      const sample = sampleAt(series, step);
      if (other === undefined || sample === undefined) continue;
      const otherLabels = single?.labels ?? matchedLabels(series.labels, this.#matching);
      this.#add(step, [series.labels, sample], [otherLabels, other], seen);
    }
    if (single === undefined || this.#fillMany === undefined || seen.size > 0) return;
    const sample = sampleAt(single, step);
    if (sample === undefined) return;
    this.#add(step, [matchedLabels(single.labels, this.#matching), this.#fillMany], [single.labels, sample], seen);
  }

  #add(
    step: number,
    [manyLabels, many]: readonly [Labels, NonNullable<Sample>],
    [oneLabels, one]: readonly [Labels, NonNullable<Sample>],
    seen: Set<string>,
  ): void {
    const result = this.#combine(many, one);
    if (result === undefined) return;
    const target = this.#target(manyLabels, oneLabels);
    const { key } = target.labels;
    if (this.#matching.cardinality === 'one-to-one' && seen.size > 0) {
      throw new PromqlExecutionError(
        'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
      );
    }
    if (seen.has(key)) {
      throw new PromqlExecutionError('multiple matches for labels: grouping labels must ensure unique matches');
    }
    seen.add(key);
    if (result.sample !== undefined && target.builder.kinds[step] !== 0) this.#rejectSameLabels();
    target.builder.set(step, result.sample);
  }

  #rejectSameLabels(): never {
    throw new PromqlExecutionError('vector cannot contain metrics with the same labelset');
  }

  /** Combines samples. The result is `undefined` if the operator does not apply, and its sample if it is not kept. */
  #combine(many: NonNullable<Sample>, one: NonNullable<Sample>): { readonly sample: Sample } | undefined {
    const [a, b] = this.#isSwapped ? [one, many] : [many, one];
    const notes = { annotations: this.#context.annotations, span: this.#expr };
    const result = combineSamples(this.#operator, a, b, notes);
    if (result === undefined) return undefined;
    if (this.#expr.returnBool) return { sample: result.keep ? 1 : 0 };
    return { sample: result.keep ? result.sample : undefined };
  }

  #target(many: Labels, one: Labels): { readonly labels: Labels; readonly builder: SeriesBuilder } {
    const pair = `${many.key}\xfd${one.key}`;
    const before = this.#builders.get(pair);
    if (before !== undefined) return before;
    const { returnBool } = this.#expr;
    const labels = this.#resultLabels(many, one, returnBool && !this.#context.options.delayedNameRemoval);
    const created = { labels, dropName: returnBool, builder: new SeriesBuilder(this.#context.grid.count) };
    this.#builders.set(pair, created);
    return created;
  }

  #resultLabels(many: Labels, one: Labels, dropsName: boolean): Labels {
    const { cardinality, on, labels, include } = this.#matching;
    let result = dropsName || changesMetric(this.#operator) ? many.withoutMetadata : many;
    if (cardinality === 'one-to-one') result = on ? result.keep(labels) : result.drop(labels);
    for (const name of include) result = result.with(name, one.get(name));
    return result;
  }

  #rejectDuplicates(present: readonly StepSeries[], step: number, sides: Sides): void {
    const hasMany = this.#fillMany !== undefined || this.#fillOne !== undefined;
    // Without any series on the other side, Prometheus ignores this one.
    if (!hasMany && !sides.many.some(({ kinds }) => kinds[step] !== 0)) return;
    const [first, second] = present.map(({ labels }) => formatLabels(labels)).sort();
    const group = present[0] === undefined ? Labels.EMPTY : this.#reportedGroup(present[0].labels);
    throw new PromqlExecutionError(
      `found duplicate series for the match group ${formatLabels(group)} on the ${this.#isSwapped ? 'left' : 'right'} ` +
        `hand-side of the operation: [${first}, ${second}];many-to-many matching not allowed: matching labels must be ` +
        'unique on one side',
    );
  }

  #reportedGroup(labels: Labels): Labels {
    return matchedLabels(labels, this.#matching);
  }
}
