import { type Labels, METRIC_NAME } from '@otelier/query/promql';
import type { TemplateEnvironment, TemplateSample } from './alert-template.ts';
import { type AlertTexts, compileAlertTexts } from './alert-texts.ts';
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

/** What an update changes. */
export interface AlertUpdate {
  /** The samples of `ALERTS` and `ALERTS_FOR_STATE`. */
  readonly samples: readonly ProducedSample[];
  /** Whether alerts appeared, fired, ended or were forgotten. */
  readonly isChanged: boolean;
}

/** The alerts of an alerting rule. */
export class RuleAlerts {
  readonly #rule: AlertingRule;
  readonly #limit: number;
  readonly #texts: AlertTexts;
  /** The series of alerts, by the labels of the alerts. */
  readonly #series = new WeakMap<Labels, AlertSeries>();
  #alerts = new Map<string, RuleAlert>();

  constructor(rule: AlertingRule, limit: number) {
    this.#rule = rule;
    this.#limit = limit;
    this.#texts = compileAlertTexts(rule);
  }

  /** All alerts, including resolved ones. */
  get alerts(): readonly RuleAlert[] {
    return [...this.#alerts.values()];
  }

  /** Whether an alert fires. */
  get isFiring(): boolean {
    for (const { state } of this.#alerts.values()) if (state === 'firing') return true;
    return false;
  }

  /** Continues with alerts of an earlier run. */
  restore(alerts: readonly RuleAlert[]): void {
    this.#alerts = new Map(alerts.map((alert) => [alert.labels.key, alert]));
  }

  /**
   * Updates the alerts with the result of the expression at a time. `kept` has the labels for which firing alerts without a
   * result keep firing. Throws if two results lead to the same labels, or if there are more alerts than the limit.
   */
  async update(
    result: readonly TemplateSample[],
    timeMillis: number,
    environment: TemplateEnvironment,
    kept: readonly TemplateSample[] = [],
  ): Promise<AlertUpdate> {
    const found = await this.#found(result, timeMillis, environment);
    const keys = await this.#keptKeys(kept, timeMillis, environment);
    let isChanged = this.#take(found);
    const active: RuleAlert[] = [];
    for (const [key, alert] of this.#alerts) {
      const isFound = found.has(key) || (alert.state === 'firing' && keys.has(key));
      const next = isFound ? this.#fired(alert, timeMillis) : this.#withoutResult(alert, timeMillis);
      isChanged ||= next?.state !== alert.state;
      if (next === undefined) this.#alerts.delete(key);
      else {
        if (next !== alert) this.#alerts.set(key, next);
        if (next.state !== 'inactive') active.push(next);
      }
    }
    if (this.#limit > 0 && active.length > this.#limit) {
      this.#alerts = new Map();
      throw new Error(`exceeded limit of ${this.#limit} with ${active.length} alerts`);
    }
    return { samples: active.flatMap((alert) => this.#samplesOf(alert)), isChanged };
  }

  /** Adds new alerts and updates known ones. Returns whether there are new ones. */
  #take(found: ReadonlyMap<string, RuleAlert>): boolean {
    let isChanged = false;
    for (const [key, alert] of found) {
      const known = this.#alerts.get(key);
      const { value, annotations } = alert;
      if (known === undefined || known.state === 'inactive') {
        this.#alerts.set(key, alert);
        isChanged = true;
      } else if (known.value !== value || known.annotations !== annotations || known.keepFiringSince !== undefined) {
        this.#alerts.set(key, { ...known, value, annotations, keepFiringSince: undefined });
      }
    }
    return isChanged;
  }

  async #found(
    result: readonly TemplateSample[],
    timeMillis: number,
    environment: TemplateEnvironment,
  ): Promise<ReadonlyMap<string, RuleAlert>> {
    const found = new Map<string, RuleAlert>();
    for (const sample of result) {
      const pending = this.#texts(sample, timeMillis, environment);
      const { labels, annotations } = pending instanceof Promise ? await pending : pending;
      if (found.has(labels.key)) {
        throw new Error('vector contains metrics with the same labelset after applying alert labels');
      }
      found.set(labels.key, {
        labels,
        state: 'pending',
        annotations,
        value: sample.value,
        activeAt: timeMillis,
        firedAt: undefined,
        resolvedAt: undefined,
        keepFiringSince: undefined,
      });
    }
    return found;
  }

  async #keptKeys(
    kept: readonly TemplateSample[],
    timeMillis: number,
    environment: TemplateEnvironment,
  ): Promise<ReadonlySet<string>> {
    const keys = new Set<string>();
    for (const sample of kept) keys.add((await this.#texts(sample, timeMillis, environment)).labels.key);
    return keys;
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
    const series = this.#series.get(labels) ?? seriesOf(labels);
    this.#series.set(labels, series);
    return [
      { labels: state === 'firing' ? series.firing : series.pending, value: 1 },
      { labels: series.since, value: Math.floor(activeAt / 1000) },
    ];
  }
}

/** The labels of `ALERTS` by state, and of `ALERTS_FOR_STATE`. */
interface AlertSeries {
  readonly pending: Labels;
  readonly firing: Labels;
  readonly since: Labels;
}

function seriesOf(labels: Labels): AlertSeries {
  const alerts = labels.with(METRIC_NAME, 'ALERTS');
  return {
    pending: alerts.with('alertstate', 'pending'),
    firing: alerts.with('alertstate', 'firing'),
    since: labels.with(METRIC_NAME, 'ALERTS_FOR_STATE'),
  };
}
