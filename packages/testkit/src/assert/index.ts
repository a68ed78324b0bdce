/**
 * Collects the telemetry that code records in a test, and checks it: traces, log records, metrics and budgets. For
 * `node:test`, Vitest, Jest and every other runner.
 */
export { assertBudget, type Budget, type DurationBudget, type SpanCount } from './assert-budget.ts';
export { assertLogs, assertMetric, assertSpans, assertTrace } from './assert-telemetry.ts';
export {
  type CollectOptions,
  collectTelemetry,
  type TelemetryCollector,
  type WaitOptions,
} from './collect/collect-telemetry.ts';
export { formatTelemetry } from './format-telemetry.ts';
export type { LogPattern, MetricPattern, Severity } from './item-patterns.ts';
export { type MatcherResult, type TelemetryMatchers, telemetryMatchers } from './matchers.ts';
export { type SnapshotOptions, type SnapshotValue, snapshotOf, type TelemetrySnapshot } from './snapshot.ts';
export type { ChildShape, EventPattern, SpanPattern, SpanShape } from './span-pattern.ts';
export type * from './telemetry.ts';
export type { AttributePatterns, Count, TextPattern, ValuePattern } from './value-pattern.ts';
