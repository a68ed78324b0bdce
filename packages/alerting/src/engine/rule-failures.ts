import type { Alert } from '../alert.ts';
import type { EvaluatedRule } from '../rules/evaluate-group.ts';
import type { RuleGroup } from '../rules/rule-file.ts';

/** Name of the alert about a rule that fails. */
export const RULE_FAILURE_ALERT = 'RuleEvaluationFailed';

/** How often a failure that continues is repeated, in milliseconds. The notifier decides what of it is sent. */
const REPEAT_MILLIS = 60_000;

/** Alerts about rules whose evaluation fails: each begins with the first failure, and ends when the rule works again. */
export class RuleFailures {
  #alerts = new Map<string, Alert>();

  /** The alerts about rules that fail now. */
  get alerts(): readonly Alert[] {
    return [...this.#alerts.values()].filter(({ state }) => state === 'firing');
  }

  /** Updates the alerts. Returns those that begin, and those to send: that begin, end or are due again. */
  update(
    group: RuleGroup,
    rules: readonly EvaluatedRule[],
    nowMillis: number,
  ): { readonly changed: readonly Alert[]; readonly repeated: readonly Alert[] } {
    const changed: Alert[] = [];
    const repeated: Alert[] = [];
    const before = this.#alerts;
    this.#alerts = new Map();
    for (const { rule, error } of rules) {
      if (error === undefined) continue;
      const key = `${rule.name}:${rule.position.line}`;
      const known = before.get(key);
      before.delete(key);
      if (known !== undefined && known.updatedAtMs + REPEAT_MILLIS > nowMillis) {
        this.#alerts.set(key, known);
        continue;
      }
      const { line, column } = rule.position;
      const alert: Alert = {
        labels: {
          alertname: RULE_FAILURE_ALERT,
          rule: rule.name,
          rule_group: group.name,
          ...(group.file !== '' && { rule_file: group.file }),
          severity: 'warning',
        },
        annotations: {
          summary: `Rule ${rule.name} of group ${group.name} cannot be evaluated.`,
          description: `${group.file === '' ? group.name : group.file}:${line}:${column}: ${error}`,
        },
        startsAtMs: known?.startsAtMs ?? nowMillis,
        endsAtMs: undefined,
        updatedAtMs: nowMillis,
        generatorUrl: '',
        state: 'firing',
        value: 1,
      };
      this.#alerts.set(key, alert);
      repeated.push(alert);
      if (known === undefined) changed.push(alert);
    }
    for (const alert of before.values()) repeated.push(resolved(alert, nowMillis));
    return { changed, repeated };
  }

  /** Ends all alerts, and returns them. */
  resolveAll(nowMillis: number): readonly Alert[] {
    const ended = [...this.#alerts.values()].map((alert) => resolved(alert, nowMillis));
    this.#alerts.clear();
    return ended;
  }
}

function resolved(alert: Alert, nowMillis: number): Alert {
  return { ...alert, state: 'resolved', endsAtMs: nowMillis, updatedAtMs: nowMillis };
}
