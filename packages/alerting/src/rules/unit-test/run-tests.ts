import {
  ALL_FEATURES,
  compareLabels,
  DEFAULT_OPTIONS,
  type Expr,
  evaluateInstant,
  formatDuration,
  formatHistogram,
  formatLabels,
  Labels,
  LoadedSamples,
  parsePromql,
  parseSeries,
  pointsOf,
} from '@otelier/query/promql';
import { GroupEvaluation, type RuleHost, type VectorSample } from '../evaluate-group.ts';
import type { RuleExpression, RuleGroup } from '../rule-file.ts';
import type { AlertTest, ExpressionTest, TestFile, TestGroup } from './test-file.ts';

/** Why a test group failed. */
export interface RuleTestFailure {
  /** Path of the test in the file. */
  readonly path: readonly PropertyKey[];
  /** `where: expected …, got …`, on one line. */
  readonly message: string;
  /** Alerts or samples that are expected and not there. */
  readonly missing: readonly string[];
  /** Alerts or samples that are there and not expected. */
  readonly unexpected: readonly string[];
}

type Settings = Pick<TestFile, 'evaluation_interval' | 'group_eval_order' | 'fuzzy_compare'>;

/**
 * Evaluates the groups over the series of a test, and compares alerts and results with the expected ones. Returns the
 * differences. `path` is that of the test in its file.
 */
export async function runTestGroup(
  test: TestGroup,
  path: readonly PropertyKey[],
  settings: Settings,
  groups: readonly RuleGroup[],
): Promise<readonly RuleTestFailure[]> {
  return await new TestRun(test, path, settings, groups).failures();
}

class TestRun {
  readonly #test: TestGroup;
  readonly #path: readonly PropertyKey[];
  readonly #settings: Settings;
  readonly #samples = new LoadedSamples();
  readonly #groups: readonly GroupEvaluation[];

  constructor(test: TestGroup, path: readonly PropertyKey[], settings: Settings, groups: readonly RuleGroup[]) {
    this.#test = test;
    this.#path = path;
    this.#settings = settings;
    const interval = test.interval ?? settings.evaluation_interval;
    for (const series of test.series)
      this.#samples.add(series.labels, pointsOf(series, interval, test.start_timestamp));
    const host = this.#host();
    this.#groups = inOrder(groups, settings.group_eval_order).map((group) => new GroupEvaluation(group, host));
  }

  async failures(): Promise<readonly RuleTestFailure[]> {
    const { start_timestamp: start, alert_rule_test: alertTests, promql_expr_test: expressionTests } = this.#test;
    const step = this.#settings.evaluation_interval;
    const last = Math.max(0, ...[...alertTests, ...expressionTests].map(({ eval_time }) => eval_time));
    const failures: RuleTestFailure[] = [];
    for (let time = 0; time <= last; time += step) {
      this.#samples.until = start + time;
      for (const group of this.#groups) await group.evaluate(start + time);
      const errors = this.#errors(time);
      if (errors.length > 0) return [...failures, ...errors];
      for (const [i, test] of alertTests.entries()) {
        if (test.eval_time >= time && test.eval_time < time + step) failures.push(...this.#alertFailures(test, i));
      }
    }
    this.#samples.until = start + last;
    for (const [i, test] of expressionTests.entries()) failures.push(...(await this.#expressionFailures(test, i)));
    return failures;
  }

  #errors(time: number): readonly RuleTestFailure[] {
    return this.#groups
      .flatMap(({ rules }) => rules)
      .filter(({ error }) => error !== undefined)
      .map(({ rule, error }) => this.#failure([], `rule ${rule.name} at ${formatDuration(time)}: ${error}`));
  }

  #alertFailures({ alertname, eval_time, exp_alerts }: AlertTest, index: number): readonly RuleTestFailure[] {
    const firing = this.#groups
      .flatMap(({ rules }) => rules)
      .filter(({ rule }) => rule.kind === 'alerting' && rule.name === alertname)
      .flatMap(({ alerts }) => alerts.filter(({ state }) => state === 'firing'))
      .map(({ labels, annotations }) => formatAlert(labels, annotations));
    const expected = exp_alerts.map(({ exp_labels, exp_annotations }) =>
      formatAlert(
        Labels.from([...Object.entries(exp_labels), ['alertname', alertname]]),
        Labels.from(Object.entries(exp_annotations)),
      ),
    );
    const where = `${alertname} at ${formatDuration(eval_time)}`;
    return this.#differences(['alert_rule_test', index], where, 'alert', expected, firing);
  }

  async #expressionFailures(test: ExpressionTest, index: number): Promise<readonly RuleTestFailure[]> {
    const { expr, eval_time, exp_samples } = test;
    const where = `${expr} at ${formatDuration(eval_time)}`;
    const path = ['promql_expr_test', index];
    try {
      const time = this.#test.start_timestamp + eval_time;
      const actual = (await this.#evaluate(parsePromql(expr, ALL_FEATURES), time)).toSorted(byLabels);
      const expected = exp_samples.map(expectedSample).toSorted(byLabels);
      const isEqual =
        actual.length === expected.length &&
        actual.every((sample, i) => this.#areEqual(sample, expected[i] as VectorSample));
      if (isEqual) return [];
      return this.#differences(path, where, 'sample', expected.map(formatSample), actual.map(formatSample));
    } catch (error) {
      return [this.#failure(path, `${where}: ${error instanceof Error ? error.message : String(error)}`)];
    }
  }

  /** Compares lines, each as often as it is there. */
  #differences(
    path: readonly PropertyKey[],
    where: string,
    what: string,
    expected: readonly string[],
    actual: readonly string[],
  ): readonly RuleTestFailure[] {
    const unexpected = [...actual];
    const missing = expected.filter((line) => {
      const at = unexpected.indexOf(line);
      if (at >= 0) unexpected.splice(at, 1);
      return at < 0;
    });
    if (missing.length === 0 && unexpected.length === 0) return [];
    const plural = expected.length === 1 ? what : `${what}s`;
    const got =
      expected.length === actual.length
        ? `${actual.length} ${actual.length === 1 ? 'that differs' : 'that differ'}`
        : String(actual.length);
    const message = `${where}: expected ${expected.length} ${plural}, got ${got}`;
    return [{ ...this.#failure(path, message), missing, unexpected }];
  }

  #failure(path: readonly PropertyKey[], message: string): RuleTestFailure {
    return { path: [...this.#path, ...path], message, missing: [], unexpected: [] };
  }

  #areEqual(a: VectorSample, b: VectorSample): boolean {
    if (a.labels.key !== b.labels.key) return false;
    if (typeof a.value === 'number' && typeof b.value === 'number') {
      return (
        Object.is(a.value, b.value) ||
        a.value === b.value ||
        (this.#settings.fuzzy_compare && areNear(a.value, b.value))
      );
    }
    return formatSample(a) === formatSample(b);
  }

  #host(): RuleHost {
    return {
      externalLabels: this.#test.external_labels,
      externalUrl: this.#test.external_url,
      evaluate: (expression, time) => this.#evaluate(promqlOf(expression), time),
      query: async (text, time) => {
        const result = await this.#evaluate(parsePromql(text, ALL_FEATURES), time);
        return result.map(({ labels, value }) => ({ labels, value: typeof value === 'number' ? value : value.count }));
      },
      write: (samples, time) => {
        for (const { labels, value } of samples) this.#samples.add(labels, [{ time, value, start: 0 }]);
      },
    };
  }

  async #evaluate(expr: Expr, time: number): Promise<readonly VectorSample[]> {
    const options = { ...DEFAULT_OPTIONS, subqueryStepMillis: this.#settings.evaluation_interval };
    const { result } = await evaluateInstant(expr, time, this.#samples, options);
    if (result.kind === 'scalar') return [{ labels: Labels.EMPTY, value: result.value }];
    if (result.kind !== 'vector') throw new Error(`expected a vector or a number, got a ${result.kind}`);
    return result.series.map(({ labels, samples }) => ({ labels, value: samples[0] ?? Number.NaN }));
  }
}

/** Unit tests have only series. */
function promqlOf(expression: RuleExpression): Expr {
  if (expression.language === 'promql') return expression.expr;
  throw new Error(`expected an expression in promql, got one in ${expression.language}`);
}

/** Groups that are listed come in that order, and the others before them, as in Prometheus. */
function inOrder(groups: readonly RuleGroup[], order: readonly string[]): readonly RuleGroup[] {
  const rank = ({ name }: RuleGroup) => Math.max(0, order.indexOf(name));
  return groups.toSorted((a, b) => rank(a) - rank(b));
}

function expectedSample({ labels, value = 0, histogram }: ExpressionTest['exp_samples'][number]): VectorSample {
  const { labels: parsed, values } = parseSeries(`${labels} ${histogram ?? '0'}`);
  const [first] = values;
  if (histogram === undefined) return { labels: parsed, value };
  if (values.length !== 1 || first?.kind !== 'histogram') throw new Error(`expected one histogram, got ${histogram}`);
  return { labels: parsed, value: first.value };
}

function formatSample({ labels, value }: VectorSample): string {
  return `${formatLabels(labels)} ${typeof value === 'number' ? String(value) : formatHistogram(value)}`;
}

function formatAlert(labels: Labels, annotations: Labels): string {
  return `${formatLabels(labels)} annotations ${formatLabels(annotations)}`;
}

function byLabels(a: VectorSample, b: VectorSample): number {
  return compareLabels(a.labels, b.labels);
}

/** Reports whether two numbers are neighbors among the floats. */
function areNear(a: number, b: number): boolean {
  const [x, y] = [a, b].map((value) => new BigInt64Array(Float64Array.of(value).buffer)[0] ?? 0n);
  const distance = (x ?? 0n) - (y ?? 0n);
  return distance >= -1n && distance <= 1n;
}
