import { Labels, METRIC_NAME } from '@otelier/query/promql';
import type { AlertTemplate, TemplateEnvironment, TemplateSample } from './alert-template.ts';
import { compileAlertTemplate } from './alert-template.ts';
import type { AlertingRule } from './rule-file.ts';

/** An alert for one set of labels. Times are in milliseconds since the epoch. */
export interface RuleAlert {
  readonly labels: Labels;
  readonly state: 'pending' | 'firing' | 'inactive';
  readonly annotations: Labels;
  readonly value: number;
  readonly activeAt: number;
  readonly firedAt: number | undefined;
  /** When a firing alert ended. */
  readonly resolvedAt: number | undefined;
  /** Since when the alert fires only because of `keep_firing_for`. */
  readonly keepFiringSince: number | undefined;
}

/** A sample that a rule produces. */
export interface ProducedSample {
  readonly labels: Labels;
  readonly value: number;
}

/** How long resolved alerts are kept, so that their end can be sent again. */
const RESOLVED_RETENTION_MILLIS = 15 * 60_000;

/** The alerts of an alerting rule. */
export class RuleAlerts {
  readonly #rule: AlertingRule;
  readonly #limit: number;
  readonly #labels: readonly (readonly [string, AlertTemplate])[];
  readonly #annotations: readonly (readonly [string, AlertTemplate])[];
  #alerts = new Map<string, RuleAlert>();

  constructor(rule: AlertingRule, limit: number) {
    this.#rule = rule;
    this.#limit = limit;
    this.#labels = templatesOf(rule.labels);
    this.#annotations = templatesOf(rule.annotations);
  }

  /** All alerts, including resolved ones. */
  get alerts(): readonly RuleAlert[] {
    return [...this.#alerts.values()];
  }

  /**
   * Updates the alerts with the result of the expression at a time. Returns the samples of `ALERTS` and
   * `ALERTS_FOR_STATE`. Throws if two results lead to the same labels, or if there are more alerts than the limit.
   */
  async update(
    result: readonly TemplateSample[],
    timeMillis: number,
    environment: TemplateEnvironment,
  ): Promise<readonly ProducedSample[]> {
    const found = await this.#alertsOf(result, timeMillis, environment);
    for (const [key, alert] of found) {
      const known = this.#alerts.get(key);
      const continues = known !== undefined && known.state !== 'inactive';
      this.#alerts.set(
        key,
        continues
          ? { ...known, value: alert.value, annotations: alert.annotations, keepFiringSince: undefined }
          : alert,
      );
    }
    const active: RuleAlert[] = [];
    for (const [key, alert] of this.#alerts) {
      const next = found.has(key) ? this.#fired(alert, timeMillis) : this.#withoutResult(alert, timeMillis);
      if (next === undefined) this.#alerts.delete(key);
      else {
        this.#alerts.set(key, next);
        if (next.state !== 'inactive') active.push(next);
      }
    }
    if (this.#limit > 0 && active.length > this.#limit) {
      this.#alerts = new Map();
      throw new Error(`exceeded limit of ${this.#limit} with ${active.length} alerts`);
    }
    return active.flatMap((alert) => this.#samplesOf(alert));
  }

  async #alertsOf(
    result: readonly TemplateSample[],
    timeMillis: number,
    environment: TemplateEnvironment,
  ): Promise<ReadonlyMap<string, RuleAlert>> {
    const found = new Map<string, RuleAlert>();
    for (const { labels: ofResult, value } of result) {
      const expand = (templates: readonly (readonly [string, AlertTemplate])[]) =>
        Promise.all(
          templates.map(async ([name, template]): Promise<[string, string]> => {
            try {
              return [name, await template({ labels: ofResult, value, timeMillis, environment })];
            } catch (error) {
              return [name, `<error expanding template: ${error instanceof Error ? error.message : String(error)}>`];
            }
          }),
        );
      const own = await expand(this.#labels);
      const labels = Labels.from([...ofResult.drop([METRIC_NAME]).entries(), ...own, ['alertname', this.#rule.name]]);
      if (found.has(labels.key)) {
        throw new Error('vector contains metrics with the same labelset after applying alert labels');
      }
      found.set(labels.key, {
        labels,
        state: 'pending',
        annotations: Labels.from(await expand(this.#annotations)),
        value,
        activeAt: timeMillis,
        firedAt: undefined,
        resolvedAt: undefined,
        keepFiringSince: undefined,
      });
    }
    return found;
  }

  #fired(alert: RuleAlert, timeMillis: number): RuleAlert {
    if (alert.state !== 'pending' || timeMillis - alert.activeAt < this.#rule.forMillis) return alert;
    return { ...alert, state: 'firing', firedAt: timeMillis };
  }

  /** Returns what becomes of an alert whose labels are not in the result; `undefined` if it is forgotten. */
  #withoutResult(alert: RuleAlert, timeMillis: number): RuleAlert | undefined {
    if (alert.state === 'pending') return undefined;
    if (alert.state === 'inactive') {
      const age = timeMillis - (alert.resolvedAt ?? timeMillis);
      return age > RESOLVED_RETENTION_MILLIS ? undefined : alert;
    }
    const keepFiringSince = alert.keepFiringSince ?? timeMillis;
    if (timeMillis - keepFiringSince < this.#rule.keepFiringForMillis) return { ...alert, keepFiringSince };
    return { ...alert, state: 'inactive', resolvedAt: timeMillis };
  }

  #samplesOf({ labels, state, activeAt }: RuleAlert): readonly ProducedSample[] {
    return [
      { labels: labels.with('alertstate', state).with(METRIC_NAME, 'ALERTS'), value: 1 },
      { labels: labels.with(METRIC_NAME, 'ALERTS_FOR_STATE'), value: Math.floor(activeAt / 1000) },
    ];
  }
}

function templatesOf(texts: Readonly<Record<string, string>>): readonly (readonly [string, AlertTemplate])[] {
  return Object.entries(texts).map(([name, text]) => [name, compileAlertTemplate(text)] as const);
}
