import { assertBudget, type Budget } from './assert-budget.ts';
import { assertLogs, assertMetric, assertSpans, assertTrace } from './assert-telemetry.ts';
import type { LogPattern, MetricPattern } from './item-patterns.ts';
import type { ChildShape, SpanShape } from './span-pattern.ts';
import type { Telemetry } from './telemetry.ts';
import type { Count } from './value-pattern.ts';

/** The result of a matcher, as Vitest and Jest expect it. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** The matchers as methods of `expect(telemetry)`, to declare their types to Vitest or Jest. */
export interface TelemetryMatchers<R = unknown> {
  toHaveTrace(shape: SpanShape): R;
  toHaveSpans(shape: ChildShape): R;
  toHaveLogs(pattern: LogPattern & { readonly times?: Count }): R;
  toHaveMetric(pattern: MetricPattern): R;
  toBeWithinBudget(budget: Budget): R;
}

/** Matchers for the `expect.extend` of Vitest and Jest: the same checks and messages as those of the functions. */
export const telemetryMatchers = {
  toHaveTrace: matcher(assertTrace, 'a trace has the shape'),
  toHaveSpans: matcher(assertSpans, 'as many spans have the shape'),
  toHaveLogs: matcher(assertLogs, 'as many log records match'),
  toHaveMetric: matcher(assertMetric, 'a point of the metric matches'),
  toBeWithinBudget: matcher(assertBudget, 'the telemetry is within the budget'),
};

function matcher<T>(
  assertion: (telemetry: Telemetry, expected: T) => unknown,
  holds: string,
): (telemetry: Telemetry, expected: T) => MatcherResult {
  return (telemetry, expected) => {
    try {
      assertion(telemetry, expected);
      return { pass: true, message: () => `Expected the opposite: ${holds}.` };
    } catch (error) {
      return { pass: false, message: () => (error as Error).message };
    }
  };
}
