import type { GroupRange, Pattern } from '../../../patterns/pattern.ts';
import { PatternError } from '../../../patterns/pattern.ts';
import { PromqlExecutionError } from '../../errors.ts';
import { METRIC_NAME } from '../../labels/labels.ts';
import { compileAnchored } from '../../labels/matcher.ts';
import type { CallExpr, Expr } from '../../parse/ast.ts';
import type { Value } from '../context.ts';
import { mergeSameLabels, type StepSeries } from '../series.ts';

/** Functions that change only labels. */
export const LABEL_FUNCTIONS: ReadonlySet<string> = new Set(['label_join', 'label_replace']);

/** Evaluates `label_replace` or `label_join`. */
export async function callLabelFunction(
  call: CallExpr,
  args: readonly Expr[],
  evaluate: (expr: Expr) => Promise<Value>,
): Promise<Value> {
  const [first, ...rest] = args;
  const texts = rest.map((arg) => (arg.kind === 'string' ? arg.value : ''));
  const relabel = call.name === 'label_replace' ? labelReplace(texts) : labelJoin(texts);
  const value = first === undefined ? undefined : await evaluate(first);
  return { kind: 'vector', series: mergeSameLabels(value?.kind === 'vector' ? value.series.map(relabel) : []) };
}

function labelReplace([target = '', replacement = '', source = '', expression = '']: readonly string[]) {
  const pattern = compilePatternOf(expression);
  if (!isLabelName(target)) {
    throw new PromqlExecutionError(`invalid destination label name in label_replace(): ${target}`);
  }
  return (series: StepSeries): StepSeries => {
    const text = series.labels.get(source);
    const ranges = pattern.ranges(text);
    return ranges === undefined ? series : withLabel(series, target, expand(replacement, text, ranges, pattern));
  };
}

function compilePatternOf(expression: string): Pattern {
  try {
    return compileAnchored(expression);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new PromqlExecutionError(`invalid regular expression in label_replace(): ${expression}`);
  }
}

/** Expands `$1`, `${1}` and `${name}` in a template, as Go does. */
function expand(template: string, text: string, ranges: readonly GroupRange[], { names }: Pattern): string {
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (match, plain?: string, braced?: string) => {
    const reference = plain ?? braced;
    if (reference === undefined) return match === '$$' ? '$' : match;
    const number = /^\d+$/.test(reference) ? Number(reference) : names.indexOf(reference);
    const range = ranges[number];
    return range === undefined || range.start < 0 ? '' : text.slice(range.start, range.end);
  });
}

function labelJoin([target = '', separator = '', ...sources]: readonly string[]) {
  const invalid = sources.find((name) => !isLabelName(name));
  if (invalid !== undefined) {
    throw new PromqlExecutionError(`invalid source label name in label_join(): ${invalid}`);
  }
  if (!isLabelName(target)) {
    throw new PromqlExecutionError(`invalid destination label name in label_join(): ${target}`);
  }
  return (series: StepSeries): StepSeries =>
    withLabel(series, target, sources.map((name) => series.labels.get(name)).join(separator));
}

function withLabel(series: StepSeries, name: string, value: string): StepSeries {
  const dropName = name === METRIC_NAME ? false : series.dropName;
  return { ...series, labels: series.labels.with(name, value), dropName };
}

/** Reports whether a text can be the name of a label: any UTF-8 but an empty one. */
export function isLabelName(name: string): boolean {
  return name !== '' && name.isWellFormed();
}
