import { formatG } from './format-number.ts';
import type { ForcedMonotonicity } from './histogram/classic.ts';
import type { Span } from './parse/ast.ts';
import { quote } from './parse/literals.ts';
import { lineAndColumn } from './parse/parse-error.ts';

interface Annotation {
  readonly level: 'warning' | 'info';
  readonly text: string;
  readonly span: Span;
  readonly details?:
    | (ForcedMonotonicity & { readonly from: number; readonly to: number; readonly samples: number })
    | undefined;
}

/** Warnings and infos about the evaluation of a query, each message once. */
export class Annotations {
  readonly #byText = new Map<string, Annotation>();

  warn(text: string, span: Span): void {
    this.#add({ level: 'warning', text: `PromQL warning: ${text}`, span });
  }

  info(text: string, span: Span): void {
    this.#add({ level: 'info', text: `PromQL info: ${text}`, span });
  }

  /** Adds that the buckets of a classic histogram were not monotonic at a time. */
  forcedMonotonicity(name: string, span: Span, time: number, forced: ForcedMonotonicity): void {
    const text = `PromQL info: ${FORCED}${forName(name)}`;
    const before = this.#byText.get(text)?.details;
    const details = {
      minBucket: Math.min(forced.minBucket, before?.minBucket ?? Number.POSITIVE_INFINITY),
      maxBucket: Math.max(forced.maxBucket, before?.maxBucket ?? Number.NEGATIVE_INFINITY),
      maxDifference: Math.max(forced.maxDifference, before?.maxDifference ?? 0),
      from: Math.min(time, before?.from ?? time),
      to: Math.max(time, before?.to ?? time),
      samples: (before?.samples ?? 0) + 1,
    };
    this.#byText.set(text, { level: 'info', text, span, details });
  }

  #add(annotation: Annotation): void {
    this.#byText.set(annotation.text, annotation);
  }

  /** Returns the messages of a level with their positions in the query. */
  messages(query: string, level: 'warning' | 'info'): string[] {
    return [...this.#byText.values()]
      .filter((annotation) => annotation.level === level)
      .map(({ text, span, details }) => {
        const more = details === undefined ? '' : describeForced(details);
        return `${text}${more} (${lineAndColumn(query, span)})`;
      });
  }
}

const FORCED =
  'input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)';

function describeForced(details: NonNullable<Annotation['details']>): string {
  const time = (millis: number): string => `${new Date(Math.trunc(millis / 1000) * 1000).toISOString().slice(0, 19)}Z`;
  const difference = formatG(Number(details.maxDifference.toPrecision(2)));
  return (
    `, from buckets ${formatG(details.minBucket)} to ${formatG(details.maxBucket)}, with a max diff of ${difference}, ` +
    `over ${details.samples} samples from ${time(details.from)} to ${time(details.to)}`
  );
}

/** Returns ` for metric name "…"`, or nothing without a name. */
export function forName(name: string): string {
  return name === '' ? '' : ` for metric name ${quote(name)}`;
}

/** Texts of annotations that several parts of the evaluation add. */
export const TEXTS = {
  invalidQuantile: (q: number): string => `quantile value should be between 0 and 1, got ${formatG(q)}`,
  mixedFloatsAndHistograms: (name: string): string =>
    `encountered a mix of histograms and floats for metric name ${quote(name)}`,
  mixedInAggregation: 'encountered a mix of histograms and floats for aggregation',
  mixedSchemas: (name: string): string =>
    `vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${quote(name)}`,
  notCounter: (name: string): string => `this native histogram metric is not a counter: ${quote(name)}`,
  notGauge: (name: string): string => `this native histogram metric is not a gauge: ${quote(name)}`,
  boundsReconciled: (operation: Operation): string => `mismatched custom buckets were reconciled during ${operation}`,
  resetsCollide: (operation: Operation): string => `conflicting counter resets during histogram ${operation}`,
  ignoredInRange: (name: string): string =>
    `ignored histograms in a range containing both floats and histograms for metric name ${quote(name)}`,
  ignoredInAggregation: (operator: string): string => `ignored histogram in ${operator} aggregation`,
} as const;

type Operation = 'addition' | 'subtraction' | 'aggregation';
