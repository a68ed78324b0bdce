import type { Random } from '../otlp/random.ts';
import { type Condition, generateCondition } from './conditions.ts';
import { type ModelSpan, type ModelTrace, pick } from './traces.ts';

/** A generated query: its text, and the sets of spans that a trace has in its result. */
export interface GeneratedQuery {
  readonly text: string;
  /** Returns IDs of spans, by set. No sets if the trace is not in the result. */
  evaluate(trace: ModelTrace): readonly (readonly string[])[];
}

interface Selection {
  readonly text: string;
  select(trace: ModelTrace): readonly ModelSpan[];
}

/** Generates a query that searches for traces. */
export function generateQuery(random: Random): GeneratedQuery {
  const selection = generateSelection(random, 2);
  let text = selection.text;
  let evaluate = (trace: ModelTrace): readonly (readonly ModelSpan[])[] => {
    const spans = selection.select(trace);
    return spans.length === 0 ? [] : [spans];
  };
  for (let steps = random(3); steps > 0; steps--) {
    const before = evaluate;
    const step = generateStep(random);
    text += ` | ${step.text}`;
    evaluate = (trace) =>
      before(trace)
        .flatMap((set) => step.apply(set, trace))
        .filter((set) => set.length > 0);
  }
  return { text, evaluate: (trace) => evaluate(trace).map((set) => set.map(({ id }) => id)) };
}

function generateSelection(random: Random, depth: number): Selection {
  const choice = depth === 0 ? 0 : random(5);
  if (choice < 2) return filterOf(random(10) === 0 ? EVERYTHING : generateCondition(random, 2));
  const [left, right] = [generateSelection(random, depth - 1), generateSelection(random, depth - 1)];
  if (choice > 2) return generateStructural(random, left, right);
  const isBoth = random(2) === 0;
  return {
    text: `(${left.text} ${isBoth ? '&&' : '||'} ${right.text})`,
    select(trace) {
      const [l, r] = [left.select(trace), right.select(trace)];
      return isBoth && (l.length === 0 || r.length === 0)
        ? []
        : trace.filter((span) => l.includes(span) || r.includes(span));
    },
  };
}

const EVERYTHING: Condition = { text: '', test: () => true };

function filterOf(condition: Condition): Selection {
  return { text: `{ ${condition.text} }`, select: (trace) => trace.filter((span) => condition.test(span, trace)) };
}

/** Reports whether the second span is related to the first, for each operator. */
const RELATIONS: Readonly<Record<string, (left: ModelSpan, right: ModelSpan, trace: ModelTrace) => boolean>> = {
  '>': (left, right) => right.parent === left.id,
  '<': (left, right) => left.parent === right.id,
  '>>': (left, right, trace) => ancestorsOf(right, trace).includes(left),
  '<<': (left, right, trace) => ancestorsOf(left, trace).includes(right),
  '~': (left, right) => left !== right && left.parent === right.parent,
};

function ancestorsOf(span: ModelSpan, trace: ModelTrace): readonly ModelSpan[] {
  const parent = trace.find(({ id }) => id === span.parent);
  return parent === undefined ? [] : [parent, ...ancestorsOf(parent, trace)];
}

function generateStructural(random: Random, left: Selection, right: Selection): Selection {
  const operator = pick(random, Object.keys(RELATIONS));
  const mode = pick(random, ['', '!', '&']);
  const isRelated = RELATIONS[operator] ?? (() => false);
  return {
    text: `(${left.text} ${mode}${operator} ${right.text})`,
    select(trace) {
      const [l, r] = [left.select(trace), right.select(trace)];
      const related = r.filter((span) => l.some((other) => isRelated(other, span, trace)));
      if (mode === '') return related;
      if (mode === '!') return r.filter((span) => !related.includes(span));
      const others = l.filter((span) => r.some((other) => isRelated(span, other, trace)));
      return trace.filter((span) => related.includes(span) || others.includes(span));
    },
  };
}

interface Step {
  readonly text: string;
  apply(set: readonly ModelSpan[], trace: ModelTrace): readonly (readonly ModelSpan[])[];
}

function generateStep(random: Random): Step {
  const choice = random(5);
  if (choice === 0) {
    const filter = generateCondition(random, 1);
    return { text: `{ ${filter.text} }`, apply: (set, trace) => [set.filter((span) => filter.test(span, trace))] };
  }
  if (choice === 1) {
    const count = random(4);
    const operator = pick(random, Object.keys(COMPARISONS));
    return {
      text: `count() ${operator} ${count}`,
      apply: (set) => (COMPARISONS[operator]?.(set.length, count) === true ? [set] : []),
    };
  }
  if (choice === 2) return generateGroup(random);
  if (choice === 3) return { text: 'select(span.code, resource.zone, name)', apply: (set) => [set] };
  return generateAggregate(random);
}

function generateGroup(random: Random): Step {
  const [text, keyOf] = pick(random, GROUPS);
  return { text: `by(${text})`, apply: (set) => [...Map.groupBy(set, keyOf).values()] };
}

const GROUPS: readonly (readonly [string, (span: ModelSpan) => unknown])[] = [
  ['name', ({ name }) => name],
  ['resource.service.name', ({ resource }) => resource['service.name']],
  ['span.code', ({ attributes }) => attributes['code']],
  ['kind', ({ kind }) => kind],
  ['span.code > 300', ({ attributes }) => Number(attributes['code'] ?? 0) > 300],
];

const COMPARISONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
  '<': (left, right) => left < right,
  '=': (left, right) => left === right,
  '!=': (left, right) => left !== right,
};

const AGGREGATES: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  avg: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
};

/** Generates a comparison of an aggregate. A set without values is not in the result. */
function generateAggregate(random: Random): Step {
  const name = pick(random, Object.keys(AGGREGATES));
  const operator = pick(random, ['>', '>=', '<']);
  const [field, limits, unit, read] = pick(random, MEASURES);
  const limit = pick(random, limits);
  return {
    text: `${name}(${field}) ${operator} ${limit}${unit}`,
    apply(set) {
      const values = set.map(read).filter((value) => value !== undefined);
      if (values.length === 0) return [];
      return COMPARISONS[operator]?.(AGGREGATES[name]?.(values) ?? 0, limit) === true ? [set] : [];
    },
  };
}

const MEASURES: readonly (readonly [string, readonly number[], string, (span: ModelSpan) => number | undefined])[] = [
  ['duration', [10, 25, 60], 'ms', ({ millis }) => millis],
  ['span.code', [200, 404, 1000], '', ({ attributes }) => attributes['code'] as number | undefined],
];
