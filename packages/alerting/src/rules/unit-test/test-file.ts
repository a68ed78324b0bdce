import { Labels, type LoadedSeries, parseSeries } from '@otelier/query/promql';
import { z } from 'zod';
import {
  durationMillis,
  type FileError,
  flag,
  listOf,
  number,
  type PositionOf,
  readYaml,
  texts,
} from '../read-yaml.ts';

/** A series in the notation of Prometheus' tests. */
const SERIES = z.strictObject({ series: z.string(), values: z.string() });
const ALERT_TEST = z.strictObject({
  eval_time: durationMillis.default(0),
  alertname: z.string().min(1, 'expected the name of an alert'),
  exp_alerts: listOf(z.strictObject({ exp_labels: texts, exp_annotations: texts })),
});
const EXPRESSION_TEST = z.strictObject({
  expr: z.string(),
  eval_time: durationMillis.default(0),
  exp_samples: listOf(
    z.strictObject({ labels: z.string().default(''), value: number.optional(), histogram: z.string().optional() }),
  ),
});
const startTime = z.string().transform((text, context) => {
  const millis = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (!Number.isNaN(millis)) return millis;
  context.addIssue(`expected a time such as "2026-01-31T12:00:00Z" or seconds, got ${JSON.stringify(text)}`);
  return z.NEVER;
});
const GROUP = z.strictObject({
  name: z.string().optional(),
  interval: durationMillis.optional(),
  input_series: listOf(SERIES),
  alert_rule_test: listOf(ALERT_TEST),
  promql_expr_test: listOf(EXPRESSION_TEST),
  external_labels: texts,
  external_url: z.string().default(''),
  start_timestamp: startTime.default(0),
});
const FILE = z.strictObject({
  rule_files: listOf(z.string()),
  evaluation_interval: durationMillis.default(60_000),
  group_eval_order: listOf(z.string()),
  fuzzy_compare: flag.default(false),
  tests: listOf(GROUP),
});

/** A unit-test file of Prometheus. Times are in milliseconds, those of tests relative to the start. */
export type TestFile = z.infer<typeof FILE>;

/** A test of alerts. */
export type AlertTest = z.infer<typeof ALERT_TEST>;
/** A test of an expression. */
export type ExpressionTest = z.infer<typeof EXPRESSION_TEST>;

/** A test group with its series. */
export interface TestGroup extends Omit<z.infer<typeof GROUP>, 'input_series'> {
  readonly series: readonly LoadedSeries[];
}

/** A unit-test file with the series of its tests. */
export type RuleTestFile = Omit<TestFile, 'tests'> & { readonly tests: readonly TestGroup[] };

/** The tests of a file, or its errors. */
export type ParsedTests =
  | { readonly ok: true; readonly file: RuleTestFile; readonly positionOf: PositionOf }
  | { readonly ok: false; readonly errors: readonly FileError[] };

/** Parses a unit-test file of rules (Prometheus' documentation, "Unit testing for rules"). Never throws. */
export function parseTestFile(text: string): ParsedTests {
  const read = readYaml(text, FILE);
  if (!read.ok) return read;
  const errors: FileError[] = [];
  const repeated = read.value.group_eval_order.findIndex((name, i, all) => all.indexOf(name) !== i);
  if (repeated >= 0) {
    errors.push({ ...read.positionOf(['group_eval_order', repeated]), message: 'the group is there twice' });
  }
  const tests = read.value.tests.map(({ input_series, ...group }, i) => ({
    ...group,
    series: input_series.map(({ series, values }, j): LoadedSeries => {
      try {
        return parseSeries(`${series} ${values}`);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        errors.push({ ...read.positionOf(['tests', i, 'input_series', j, 'values']), message });
        return { labels: Labels.EMPTY, values: [] };
      }
    }),
  }));
  return errors.length > 0
    ? { ok: false, errors }
    : { ok: true, file: { ...read.value, tests }, positionOf: read.positionOf };
}
