import { METRIC_NAME } from '../labels/labels.ts';
import { compileAnchored, equals, type Matcher } from '../labels/matcher.ts';
import { type CallExpr, childrenOf, type Expr, type VectorSelector } from '../parse/ast.ts';
import type { SampleSeries, SampleSource } from '../source.ts';
import type { EvaluationOptions } from './context.ts';
import { infoReference } from './info-reference.ts';
import { millisOf, type QueryRange } from './resolve.ts';

/** The samples of all selectors of a query. */
export interface Preloaded {
  readonly selected: ReadonlyMap<VectorSelector, readonly SampleSeries[]>;
  readonly infoSeries: ReadonlyMap<Expr, readonly SampleSeries[]>;
}

/** Times at which something is evaluated, in milliseconds. */
interface Times {
  readonly start: number;
  readonly end: number;
}

/** Reads the samples of every selector of a resolved expression, each once. */
export async function preload(
  expr: Expr,
  range: QueryRange,
  source: SampleSource,
  options: EvaluationOptions,
): Promise<Preloaded> {
  const selected = new Map<VectorSelector, readonly SampleSeries[]>();
  const infoSeries = new Map<Expr, readonly SampleSeries[]>();

  const visit = async (node: Expr, times: Times): Promise<void> => {
    switch (node.kind) {
      case 'selector':
        selected.set(node, await source.select({ matchers: node.matchers, ...reach(node, times, 0, options) }));
        return;
      case 'matrix': {
        const { selector } = node;
        const reached = reach(selector, times, millisOf(node.range), options);
        selected.set(selector, await source.select({ matchers: selector.matchers, ...reached }));
        return;
      }
      case 'subquery': {
        const offset = millisOf(node.offset);
        const at = typeof node.at === 'number' ? { start: node.at, end: node.at } : times;
        await visit(node.expr, { start: at.start - offset - millisOf(node.range), end: at.end - offset });
        return;
      }
      case 'call':
        if (node.name === 'info') infoSeries.set(node, await selectInfo(node, times, source, options));
        for (const [index, arg] of node.args.entries()) {
          if (node.name !== 'info' || index === 0) await visit(arg, times);
        }
        return;
      default:
        for (const child of childrenOf(node)) await visit(child, times);
    }
  };
  await visit(expr, range);
  return { selected, infoSeries };
}

function reach(selector: VectorSelector, times: Times, range: number, { lookbackMillis }: EvaluationOptions): Times {
  const offset = millisOf(selector.offset);
  const at = typeof selector.at === 'number' ? { start: selector.at, end: selector.at } : times;
  const before = range > 0 && selector.extension === undefined ? range : range + lookbackMillis;
  const after = selector.extension === 'smoothed' ? lookbackMillis : 0;
  return { start: at.start - offset - before, end: at.end - offset + after };
}

async function selectInfo(
  call: CallExpr,
  times: Times,
  source: SampleSource,
  options: EvaluationOptions,
): Promise<readonly SampleSeries[]> {
  const [first, second] = call.args;
  if (first === undefined) return [];
  const { at, offset } = infoReference(first);
  const matchers = infoMatchers(second);
  const range = at === undefined ? times : { start: at, end: at };
  const { start, end } = { start: range.start - offset - options.lookbackMillis, end: range.end - offset };
  return source.select({ matchers, start, end });
}

/** Returns the matchers that select the series which `info` joins. */
export function infoMatchers(selector: Expr | undefined): readonly Matcher[] {
  const own = selector?.kind === 'selector' ? selector.matchers : [];
  const data = own.filter(({ name }) => name !== METRIC_NAME);
  return [...infoNameMatchers(selector), ...data];
}

/** Returns the matchers for the names of the metrics that `info` joins: `target_info` by default. */
export function infoNameMatchers(selector: Expr | undefined): readonly Matcher[] {
  const own = selector?.kind === 'selector' ? selector.matchers : [];
  const names = own.filter(({ name }) => name === METRIC_NAME);
  if (names.length === 0) return [equals(METRIC_NAME, 'target_info')];
  if (names.some(({ operator }) => operator === '=' || operator === '=~')) return names;
  return [{ name: METRIC_NAME, operator: '=~', value: '.+_info', pattern: compileAnchored('.+_info') }, ...names];
}
