import { PromqlExecutionError, sameLabelsError } from '../../errors.ts';
import { Labels, METRIC_NAME } from '../../labels/labels.ts';
import { type Matcher, matches } from '../../labels/matcher.ts';
import { type CallExpr, type Expr, unwrapped } from '../../parse/ast.ts';
import { formatLabels } from '../../parse/print-labels.ts';
import type { SampleSeries } from '../../source.ts';
import { SAMPLE } from '../../source.ts';
import { firstAfter } from '../columns.ts';
import type { Context, Value } from '../context.ts';
import { infoReference } from '../info-reference.ts';
import { infoNameMatchers } from '../preload.ts';
import { SeriesBuilder, type StepSeries, sampleAt } from '../series.ts';

/** The labels by which an info metric belongs to a series. */
const IDENTIFYING = ['instance', 'job'] as const;

/** Evaluates `info`: adds the labels of info metrics, such as `target_info`, to the series of the same target. */
export async function callInfo(
  context: Context,
  call: CallExpr,
  evaluate: (expr: Expr) => Promise<Value>,
): Promise<Value> {
  const [first, selector] = call.args;
  if (first === undefined) return { kind: 'vector', series: [] };
  const value = await evaluate(unwrapped(first));
  const base = value.kind === 'vector' ? value.series : [];
  const nameMatchers = infoNameMatchers(selector);
  const isInfo = ({ labels }: StepSeries): boolean =>
    nameMatchers.every((matcher) => matches(matcher, labels.get(METRIC_NAME)));
  const enriched = base.filter((series) => !isInfo(series) && hasIdentity(series.labels));
  const all = enriched.length === 0 ? [] : (context.shared.infoSeries.get(call) ?? []);
  const found = findInfo(context, infoReference(first), all, enriched);
  const dataMatchers = (selector?.kind === 'selector' ? selector.matchers : []).filter(
    ({ name }) => name !== METRIC_NAME,
  );
  const results = new Results(context);
  for (const series of base) {
    for (let step = 0; step < context.grid.count; step++) {
      const sample = sampleAt(series, step);
      if (sample === undefined) continue;
      const labels = isInfo(series)
        ? series.labels
        : joinLabels(series.labels, found.at(step, series.labels), dataMatchers);
      if (labels !== undefined) results.builderOf(labels, series.dropName, step).set(step, sample);
    }
  }
  return { kind: 'vector', series: results.build() };
}

function hasIdentity(labels: Labels): boolean {
  return IDENTIFYING.some((name) => labels.has(name));
}

function identityOf(labels: Labels): string {
  return labels.keep(IDENTIFYING).key;
}

/** The current sample of an info series. */
interface Info {
  readonly labels: Labels;
  /** The time of the sample. */
  readonly time: number;
}

/** Finds the newest info series of each name for every identity and step. */
function findInfo(
  context: Context,
  { at, offset }: ReturnType<typeof infoReference>,
  all: readonly SampleSeries[],
  enriched: readonly StepSeries[],
): { at(step: number, labels: Labels): readonly Info[] } {
  const wanted = new Set(enriched.map(({ labels }) => identityOf(labels)));
  const byIdentity = Map.groupBy(
    all.filter(({ labels }) => wanted.has(identityOf(labels))),
    ({ labels }) => identityOf(labels),
  );
  const known = new Map<string, readonly Info[]>();
  return {
    at(step, labels) {
      const identity = identityOf(labels);
      const key = `${step}\xfd${identity}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const time = (at ?? context.time(step)) - offset;
      const current = (byIdentity.get(identity) ?? []).flatMap((series) => currentInfo(context, series, time) ?? []);
      const newest = newestByName(current);
      known.set(key, newest);
      return newest;
    },
  };
}

function currentInfo(context: Context, series: SampleSeries, time: number): Info | undefined {
  const index = firstAfter(series.times, time, 0) - 1;
  const sampled = series.times[index];
  if (sampled === undefined || sampled <= time - context.options.lookbackMillis) return undefined;
  if (series.kinds?.[index] === SAMPLE.stale) return undefined;
  if (series.kinds?.[index] === SAMPLE.histogram) {
    throw new PromqlExecutionError(`this should be an info metric, with float samples: ${formatLabels(series.labels)}`);
  }
  return { labels: series.labels, time: sampled };
}

function newestByName(current: readonly Info[]): readonly Info[] {
  const newest = new Map<string, Info>();
  for (const info of current) {
    const name = info.labels.get(METRIC_NAME);
    const before = newest.get(name);
    if (before?.time === info.time) {
      throw new PromqlExecutionError(
        `found duplicate series for info metric: existing ${formatLabels(before.labels)} @ ${before.time}, new ` +
          `${formatLabels(info.labels)} @ ${info.time}`,
      );
    }
    if (before === undefined || before.time < info.time) newest.set(name, info);
  }
  return [...newest.values()];
}

/** Returns the labels with those of info series, or `undefined` if a matcher needs an info series and there is none. */
function joinLabels(labels: Labels, found: readonly Info[], dataMatchers: readonly Matcher[]): Labels | undefined {
  if (!hasIdentity(labels) || found.length === 0) {
    return dataMatchers.every((matcher) => matches(matcher, '')) ? labels : undefined;
  }
  const wanted = new Set(dataMatchers.map(({ name }) => name));
  const added = new Map<string, string>();
  for (const info of found) {
    for (const [name, value] of info.labels.entries()) {
      if (name === METRIC_NAME || (wanted.size > 0 && !wanted.has(name))) continue;
      const before = added.get(name);
      if (before !== undefined && before !== value) throw new PromqlExecutionError(`conflicting label: ${name}`);
      if (!labels.has(name)) added.set(name, value);
    }
  }
  return Labels.from([...labels.entries(), ...added]);
}

/** Series under construction, by labels. */
class Results {
  readonly #context: Context;
  readonly #builders = new Map<string, { labels: Labels; dropName: boolean; builder: SeriesBuilder }>();

  constructor(context: Context) {
    this.#context = context;
  }

  builderOf(labels: Labels, dropName: boolean, step: number): SeriesBuilder {
    const found = this.#builders.get(labels.key) ?? {
      labels,
      dropName,
      builder: new SeriesBuilder(this.#context.grid.count),
    };
    this.#builders.set(labels.key, found);
    if (found.builder.kinds[step] !== 0) throw sameLabelsError();
    return found.builder;
  }

  build(): StepSeries[] {
    return [...this.#builders.values()].map(({ labels, dropName, builder }) => builder.build(labels, dropName));
  }
}
