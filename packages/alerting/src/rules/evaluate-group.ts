import { type FloatHistogram, Labels, METRIC_NAME, printExpr } from '@otelier/query/promql';
import type { TemplateEnvironment, TemplateSample } from './alert-template.ts';
import { type RuleAlert, RuleAlerts } from './alerts.ts';
import type { AlertingRule, RecordingRule, Rule, RuleExpression, RuleGroup } from './rule-file.ts';

/** A sample of a result. */
export interface VectorSample {
  readonly labels: Labels;
  readonly value: number | FloatHistogram;
}

/** Where expressions are evaluated, and where the results of rules go. Times are in milliseconds since the epoch. */
export interface RuleHost extends TemplateEnvironment {
  /** Evaluates an expression at one time. A number is a sample without labels. */
  evaluate(expression: RuleExpression, timeMillis: number): Promise<readonly VectorSample[]>;
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
  /** The expression, formatted. */
  readonly query: string;
  /** Why the last evaluation failed, if it did. */
  readonly error: string | undefined;
  /** The alerts of an alerting rule. */
  readonly alerts: readonly RuleAlert[];
  /** When the last evaluation began, in milliseconds since the epoch; `undefined` before the first one. */
  readonly evaluatedAt: number | undefined;
  readonly evaluationMillis: number;
}

interface State {
  readonly rule: Rule;
  readonly query: string;
  readonly alerts: RuleAlerts | undefined;
  /** Labels of recorded series, by those of the result. */
  readonly recorded: WeakMap<Labels, Labels>;
  error: string | undefined;
  /** The series of the last evaluation, by their keys. */
  series: ReadonlyMap<string, Labels>;
  evaluatedAt: number | undefined;
  evaluationMillis: number;
}

/** The clock of evaluations. */
export interface EvaluationClock {
  now(): number;
  monotonic(): number;
}

/** A clock for evaluations whose duration does not matter. */
const NO_CLOCK: EvaluationClock = { now: () => 0, monotonic: () => 0 };

/** Evaluates the rules of a group, one after another. A rule that fails does not stop the others. */
export class GroupEvaluation {
  readonly group: RuleGroup;
  readonly #host: RuleHost;
  readonly #clock: EvaluationClock;
  readonly #states: readonly State[];
  /** Series of rules that no longer exist. Their end is written with the next evaluation. */
  #ended: readonly Labels[] = [];

  constructor(group: RuleGroup, host: RuleHost, clock: EvaluationClock = NO_CLOCK) {
    this.group = group;
    this.#host = host;
    this.#clock = clock;
    this.#states = group.rules.map((rule) => ({
      rule,
      query: formatted(rule.expression),
      alerts: rule.kind === 'alerting' ? new RuleAlerts(rule, group.limit) : undefined,
      recorded: new WeakMap(),
      error: undefined,
      series: new Map(),
      evaluatedAt: undefined,
      evaluationMillis: 0,
    }));
  }

  get rules(): readonly EvaluatedRule[] {
    return this.#states.map(({ rule, query, alerts, error, evaluatedAt, evaluationMillis }) => ({
      ...{ rule, query, error, alerts: alerts?.alerts ?? [] },
      ...{ evaluatedAt, evaluationMillis },
    }));
  }

  /** The series that the rules wrote last. */
  get series(): readonly Labels[] {
    return [...this.#ended, ...this.#states.flatMap(({ series }) => [...series.values()])];
  }

  /**
   * Continues the state of an earlier evaluation of the group, such as before a reload. Rules are matched by name and labels;
   * series of rules that are gone end with the next evaluation. Returns the alerts of rules that are gone.
   */
  continue(from: GroupEvaluation): readonly RuleAlert[] {
    const before = Map.groupBy(from.#states, ({ rule }) => identityOf(rule));
    for (const state of this.#states) {
      const known = before.get(identityOf(state.rule))?.shift();
      if (known === undefined) continue;
      state.series = known.series;
      state.error = known.error;
      state.evaluatedAt = known.evaluatedAt;
      state.evaluationMillis = known.evaluationMillis;
      if (known.alerts !== undefined) state.alerts?.restore(known.alerts.alerts);
    }
    const gone = [...before.values()].flat();
    this.#ended = [...from.#ended, ...gone.flatMap(({ series }) => [...series.values()])];
    return gone.flatMap(({ alerts }) => alerts?.alerts ?? []);
  }

  /** Restores the alerts of a rule from an earlier run. `index` counts the rules with the same name and labels. */
  restore(identity: string, index: number, alerts: readonly RuleAlert[]): void {
    const states = this.#states.filter(({ rule }) => identityOf(rule) === identity);
    states[index]?.alerts?.restore(alerts);
  }

  /** Restores the alerts of all rules that have none. */
  async restoreEach(read: (rule: AlertingRule) => Promise<readonly RuleAlert[]>): Promise<void> {
    for (const { rule, alerts } of this.#states) {
      if (rule.kind === 'alerting' && alerts?.alerts.length === 0) alerts.restore(await read(rule));
    }
  }

  /** Evaluates all rules at a time. Returns whether alerts changed. `before` is called before each rule. */
  async evaluate(timeMillis: number, before: () => Promise<void> | undefined = () => undefined): Promise<boolean> {
    let isChanged = false;
    for (const state of this.#states) {
      const pause = before();
      if (pause !== undefined) await pause;
      const started = this.#clock.monotonic();
      state.evaluatedAt = this.#clock.now();
      try {
        isChanged = (await this.#evaluateRule(state, timeMillis)) || isChanged;
        state.error = undefined;
      } catch (error) {
        state.error = error instanceof Error ? error.message : String(error);
      }
      state.evaluationMillis = this.#clock.monotonic() - started;
    }
    await this.#writeEnded(timeMillis);
    return isChanged;
  }

  async #evaluateRule(state: State, timeMillis: number): Promise<boolean> {
    const { rule, alerts } = state;
    const at = timeMillis - (this.group.queryOffsetMillis ?? 0);
    const result = await this.#host.evaluate(rule.expression, at);
    let samples: readonly WrittenSample[];
    let isChanged = false;
    if (rule.kind === 'recording' || alerts === undefined) {
      samples = recorded(state, rule as RecordingRule, result, this.group.limit);
    } else {
      // Without a firing alert there is nothing to keep.
      const needsKept = rule.keepFiring !== undefined && alerts.isFiring;
      const kept = needsKept && rule.keepFiring ? await this.#host.evaluate(rule.keepFiring, at) : [];
      ({ samples, isChanged } = await alerts.update(
        result.map(asTemplateSample),
        timeMillis,
        this.#host,
        kept.map(asTemplateSample),
      ));
    }
    const series = new Map(samples.map(({ labels }) => [labels.key, labels]));
    const ended: WrittenSample[] = [];
    for (const [key, labels] of state.series) if (!series.has(key)) ended.push({ labels, value: 'stale' });
    state.series = series;
    if (samples.length + ended.length > 0) {
      await this.#host.write(ended.length === 0 ? samples : [...samples, ...ended], at);
    }
    return isChanged;
  }

  async #writeEnded(timeMillis: number): Promise<void> {
    if (this.#ended.length === 0) return;
    const written = new Set(this.#states.flatMap(({ series }) => [...series.keys()]));
    const ended = this.#ended.filter(({ key }) => !written.has(key));
    const at = timeMillis - (this.group.queryOffsetMillis ?? 0);
    await this.#host.write(
      ended.map((labels) => ({ labels, value: 'stale' })),
      at,
    );
    this.#ended = [];
  }
}

function formatted(expression: RuleExpression): string {
  return expression.language === 'promql' ? printExpr(expression.expr) : expression.text.trim();
}

/** What identifies a rule in its group across reloads and restarts, as in Prometheus: its name and labels. */
export function identityOf({ kind, name, labels }: Rule): string {
  return JSON.stringify([kind, name, Object.entries(labels).sort()]);
}

/** Returns the samples of a recording rule. Throws if two have the same labels, or if there are more than the limit. */
function recorded(
  state: State,
  rule: RecordingRule,
  result: readonly VectorSample[],
  limit: number,
): readonly WrittenSample[] {
  const keys = new Set<string>();
  const samples = result.map(({ labels, value }) => {
    const own = state.recorded.get(labels) ?? recordedLabels(rule, labels);
    state.recorded.set(labels, own);
    if (keys.has(own.key)) {
      throw new Error('vector contains metrics with the same labelset after applying rule labels');
    }
    keys.add(own.key);
    return { labels: own, value };
  });
  if (limit > 0 && samples.length > limit) throw new Error(`exceeded limit of ${limit} with ${samples.length} series`);
  return samples;
}

function recordedLabels(rule: RecordingRule, labels: Labels): Labels {
  return Labels.from([...labels.entries(), [METRIC_NAME, rule.name], ...Object.entries(rule.labels)]);
}

/** Templates print the number of observations of a histogram. */
function asTemplateSample({ labels, value }: VectorSample): TemplateSample {
  return { labels, value: typeof value === 'number' ? value : value.count };
}
