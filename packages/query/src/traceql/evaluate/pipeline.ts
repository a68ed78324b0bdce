import type { Pipeline, PipelineElement, SpansetExpression } from '../parse/ast.ts';
import { TraceqlError } from '../parse/parse-error.ts';
import { fieldText } from '../parse/print.ts';
import { keyOf, type Static } from '../values/static.ts';
import { compileAggregateFilter } from './aggregate.ts';
import { compileCondition, compileField } from './field.ts';
import type { QuerySpan, Spanset } from './span.ts';
import { relate } from './structural.ts';

/** A step of a query: from sets of spans of one trace to the sets that satisfy it. */
export type Step = (sets: readonly Spanset[]) => readonly Spanset[];

/** Compiles a pipeline. */
export function compilePipeline(pipeline: Pipeline): Step {
  const steps = pipeline.map(compileElement);
  return (sets) => steps.reduce((left, step) => (left.length === 0 ? left : step(left)), sets);
}

function compileElement(element: PipelineElement): Step {
  switch (element.kind) {
    case 'by':
      return compileBy(element.expression);
    case 'coalesce':
      return (sets) => [{ spans: sets.flatMap(({ spans }) => spans), attributes: new Map() }];
    case 'select':
      return (sets) => sets;
    case 'scalar-filter':
      return compileAggregateFilter(element);
    default:
      return compileSpanset(element);
  }
}

function compileBy(expression: Parameters<typeof compileField>[0]): Step {
  const readValue = compileField(expression);
  const name = `by(${fieldText(expression)})`;
  return (sets) =>
    sets.flatMap(({ spans, attributes }) => {
      const groups = new Map<string, { readonly value: Static; readonly spans: QuerySpan[] }>();
      for (const span of spans) {
        const value = readValue(span);
        const key = keyOf(value);
        const group = groups.get(key) ?? { value, spans: [] };
        groups.set(key, group);
        group.spans.push(span);
      }
      return [...groups.values()].map(({ value, spans: members }) => ({
        spans: members,
        attributes: new Map([...attributes, [name, value]]),
      }));
    });
}

/** Compiles an expression that selects spans. */
function compileSpanset(expression: SpansetExpression): Step {
  switch (expression.kind) {
    case 'filter':
      return compileFilter(compileCondition(expression.condition));
    case 'pipeline':
      return compilePipeline(expression.pipeline);
    case 'both':
    case 'either': {
      const needsBoth = expression.kind === 'both';
      const [left, right] = [compileSpanset(expression.left), compileSpanset(expression.right)];
      return eachSet((set) => {
        const sides = [left([set]), right([set])];
        const isFound = needsBoth ? sides.every(({ length }) => length > 0) : true;
        return isFound ? inOrderOf(set, sides.flat()) : [];
      });
    }
    case 'structural': {
      const { relation, mode } = expression;
      const [left, right] = [compileSpanset(expression.left), compileSpanset(expression.right)];
      return eachSet((set) => relate(relation, mode, only(left([set])), only(right([set]))));
    }
  }
}

function compileFilter(satisfies: (span: QuerySpan) => boolean): Step {
  return (sets) =>
    sets.flatMap((set) => {
      const spans = set.spans.filter(satisfies);
      return spans.length === 0 ? [] : [spans.length === set.spans.length ? set : { ...set, spans }];
    });
}

function eachSet(select: (set: Spanset) => readonly QuerySpan[]): Step {
  return (sets) =>
    sets.flatMap((set) => {
      const spans = select(set);
      return spans.length === 0 ? [] : [{ ...set, spans }];
    });
}

/** Returns the spans of sets without repetition, in the order of the original set. */
function inOrderOf(original: Spanset, sets: readonly Spanset[]): readonly QuerySpan[] {
  const found = new Set(sets.flatMap(({ spans }) => spans));
  return original.spans.filter((span) => found.has(span));
}

function only(sets: readonly Spanset[]): readonly QuerySpan[] {
  if (sets.length <= 1) return sets[0]?.spans ?? [];
  throw new TraceqlError(
    'spanset operators are not supported for multiple spansets per trace. consider using coalesce()',
  );
}
