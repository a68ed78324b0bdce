import { type Expr, type FloatHistogram, Labels, METRIC_NAME } from '@otelier/query/promql';
import type { TemplateEnvironment, TemplateSample } from './alert-template.ts';
import { type RuleAlert, RuleAlerts } from './alerts.ts';
import type { RecordingRule, Rule, RuleGroup } from './rule-file.ts';

/** A sample of a result. */
export interface VectorSample {
  readonly labels: Labels;
  readonly value: number | FloatHistogram;
}

/** Where expressions are evaluated, and where the results of rules go. Times are in milliseconds since the epoch. */
export interface RuleHost extends TemplateEnvironment {
  /** Evaluates an expression at one time. A number is a sample without labels. */
  evaluate(expr: Expr, timeMillis: number): Promise<readonly VectorSample[]>;
  /** Stores samples, before the next rule is evaluated. A `stale` one ends its series. */
  write(samples: readonly WrittenSample[], timeMillis: number): void | Promise<void>;
}

/** A sample to store. */
export interface WrittenSample {
  readonly labels: Labels;
  readonly value: number | FloatHistogram | 'stale';
}

/** A rule, its alerts and its last error. */
export interface EvaluatedRule {
  readonly rule: Rule;
  /** Why the last evaluation failed, if it did. */
  readonly error: string | undefined;
  /** The alerts of an alerting rule. */
  readonly alerts: readonly RuleAlert[];
}

interface State {
  readonly rule: Rule;
  readonly alerts: RuleAlerts | undefined;
  error: string | undefined;
  /** The series of the last evaluation, by their keys. */
  series: ReadonlyMap<string, Labels>;
}

/** Evaluates the rules of a group, one after another. A rule that fails does not stop the others. */
export class GroupEvaluation {
  readonly group: RuleGroup;
  readonly #host: RuleHost;
  readonly #states: readonly State[];

  constructor(group: RuleGroup, host: RuleHost) {
    this.group = group;
    this.#host = host;
    this.#states = group.rules.map((rule) => ({
      rule,
      alerts: rule.kind === 'alerting' ? new RuleAlerts(rule, group.limit) : undefined,
      error: undefined,
      series: new Map(),
    }));
  }

  get rules(): readonly EvaluatedRule[] {
    return this.#states.map(({ rule, alerts, error }) => ({ rule, error, alerts: alerts?.alerts ?? [] }));
  }

  /** Evaluates all rules at a time. */
  async evaluate(timeMillis: number): Promise<void> {
    for (const state of this.#states) {
      try {
        await this.#evaluateRule(state, timeMillis);
        state.error = undefined;
      } catch (error) {
        state.error = error instanceof Error ? error.message : String(error);
      }
    }
  }

  async #evaluateRule(state: State, timeMillis: number): Promise<void> {
    const { rule, alerts } = state;
    const at = timeMillis - this.group.queryOffsetMillis;
    const result = await this.#host.evaluate(rule.expr, at);
    const samples: readonly WrittenSample[] =
      alerts === undefined
        ? recorded(rule as RecordingRule, result, this.group.limit)
        : await alerts.update(result.map(asTemplateSample), timeMillis, this.#host);
    const series = new Map(samples.map(({ labels }) => [labels.key, labels]));
    const ended = [...state.series].filter(([key]) => !series.has(key));
    state.series = series;
    await this.#host.write([...samples, ...ended.map(([, labels]) => ({ labels, value: 'stale' as const }))], at);
  }
}

/** Returns the samples of a recording rule. Throws if two have the same labels, or if there are more than the limit. */
function recorded(rule: RecordingRule, result: readonly VectorSample[], limit: number): readonly WrittenSample[] {
  const keys = new Set<string>();
  const samples = result.map(({ labels, value }) => {
    const own = Labels.from([...labels.entries(), [METRIC_NAME, rule.name], ...Object.entries(rule.labels)]);
    if (keys.has(own.key)) {
      throw new Error('vector contains metrics with the same labelset after applying rule labels');
    }
    keys.add(own.key);
    return { labels: own, value };
  });
  if (limit > 0 && samples.length > limit) throw new Error(`exceeded limit of ${limit} with ${samples.length} series`);
  return samples;
}

/** Templates print the number of observations of a histogram. */
function asTemplateSample({ labels, value }: VectorSample): TemplateSample {
  return { labels, value: typeof value === 'number' ? value : value.count };
}
