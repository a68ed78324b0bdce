/** PromQL: labels, parsing, and evaluation over a source of samples. */
export type { Annotations } from './annotations.ts';
export { DEFAULT_OPTIONS, evaluateInstant } from './engine.ts';
export type { Control, EvaluationOptions } from './evaluate/context.ts';
export type { FloatHistogram } from './histogram/float-histogram.ts';
export { formatHistogram } from './histogram/format.ts';
export { compareLabels, Labels, METRIC_NAME } from './labels/labels.ts';
export { LoadedSamples, type LoadedSeries, pointsOf } from './loaded-samples.ts';
export type { Expr } from './parse/ast.ts';
export { typeOf } from './parse/check.ts';
export { formatDuration, parseDurationMillis, parseNumber } from './parse/literals.ts';
export { ALL_FEATURES } from './parse/options.ts';
export { parsePromql } from './parse/parse.ts';
export { formatLabels } from './parse/print-labels.ts';
export { parseSeries } from './series-notation.ts';
