import type { Alert, AlertSink } from './alert.ts';
import type { EvaluatedRule, RuleHost } from './rules/evaluate-group.ts';
import { GroupEvaluation } from './rules/evaluate-group.ts';
import type { RuleGroup } from './rules/rule-file.ts';

/** Options for `createAlerting`. */
export interface AlertingOptions {
  readonly groups: readonly RuleGroup[];
  /** Where expressions are evaluated and results are written. */
  readonly host: RuleHost;
  /** Receives firing and resolved alerts. */
  readonly sink?: AlertSink;
  /** Current time in milliseconds since the epoch. */
  readonly now: () => number;
}

/** Evaluates rules and passes their alerts on. */
export interface Alerting {
  /** Groups with their rules, alerts and errors. */
  rules(): readonly EvaluatedGroup[];
  /** Pending and firing alerts, and those resolved in the last 15 minutes. */
  alerts(): readonly Alert[];
  /** Evaluates all groups at a time, in milliseconds since the epoch. */
  evaluate(timeMillis: number): Promise<void>;
}

/** A group of rules with the state of its evaluation. */
export interface EvaluatedGroup {
  readonly group: RuleGroup;
  readonly rules: readonly EvaluatedRule[];
}

/** Creates the evaluation of groups of rules. */
export function createAlerting({ groups, host, sink, now }: AlertingOptions): Alerting {
  const evaluations = groups.map((group) => new GroupEvaluation(group, host));
  const alerts = () =>
    evaluations.flatMap(({ rules }) =>
      rules.flatMap(({ alerts: ofRule }) =>
        ofRule.map(
          ({ labels, annotations, state, value, activeAt, firedAt, resolvedAt }): Alert => ({
            labels: Object.fromEntries(labels.entries()),
            annotations: Object.fromEntries(annotations.entries()),
            startsAtMs: firedAt ?? activeAt,
            endsAtMs: resolvedAt,
            updatedAtMs: now(),
            generatorUrl: '',
            state: state === 'inactive' ? 'resolved' : state,
            value,
          }),
        ),
      ),
    );
  return {
    rules: () => evaluations.map(({ group, rules }) => ({ group, rules })),
    alerts,
    evaluate: async (timeMillis) => {
      for (const evaluation of evaluations) await evaluation.evaluate(timeMillis);
      sink?.receive(
        alerts().filter(({ state }) => state !== 'pending'),
        now(),
      );
    },
  };
}
