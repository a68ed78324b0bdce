/** What test files in TypeScript import from `otelier/test`. */
export { gauge, log, span, spanId, sum, traceId } from './builders.ts';
export {
  defineTests,
  type PipelineTestCase,
  type PipelineTests,
  type TestCaseOutput,
  type TestCaseStep,
  type TestTelemetry,
} from './define-tests.ts';
export { type Double, double } from './double.ts';
export type {
  SpanKindName,
  StatusCodeName,
  TemporalityName,
  TestAttributes,
  TestInteger,
  TestLog,
  TestMetric,
  TestNumberPoint,
  TestOrigin,
  TestPoint,
  TestPoints,
  TestSpan,
  TestSumData,
  TestTime,
  TestValue,
} from './telemetry.ts';
