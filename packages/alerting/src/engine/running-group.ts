import type { AlertSink } from '../alert.ts';
import type { AlertingClock } from '../clock.ts';
import type { RuleAlert } from '../rules/alerts.ts';
import { type EvaluatedRule, GroupEvaluation } from '../rules/evaluate-group.ts';
import type { RuleGroup } from '../rules/rule-file.ts';
import { withTenantLabel } from '../tenant-label.ts';
import { GroupSchedule } from './group-schedule.ts';
import { alertOf, generatorUrl, OutgoingAlerts } from './outgoing-alerts.ts';
import { lastWritten, restoreAlerts } from './restore-alerts.ts';
import { RuleFailures } from './rule-failures.ts';
import type { StoreHost } from './store-host.ts';

/** What running groups share. */
export interface GroupContext {
  readonly clock: AlertingClock;
  readonly host: StoreHost;
  readonly sink: AlertSink | undefined;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  readonly defaultIntervalMillis: number;
  /** Makes the alerts of all groups durable. */
  save(): Promise<void>;
  readonly warn: (fields: object, message: string) => void;
  /** Restores active alerts from the store before the first evaluation, if there is no other state. */
  readonly restoresFromStore: boolean;
}

/** Numbers about the evaluations of a group. */
export interface GroupCounts {
  scheduled: number;
  missed: number;
  evaluations: number;
  failures: number;
  /** Sum of the durations of all evaluations of rules, in milliseconds. */
  durationMillis: number;
  /** Delay between the scheduled time and the end of the last evaluation, in milliseconds. */
  delayMillis: number;
}

/** A group that is evaluated on its schedule. */
export class RunningGroup {
  readonly evaluation: GroupEvaluation;
  readonly #context: GroupContext;
  readonly #schedule: GroupSchedule;
  readonly #host: ReturnType<StoreHost['ofGroup']>;
  readonly #outgoing: OutgoingAlerts;
  readonly failures: RuleFailures;
  readonly #counts = { evaluations: 0, failures: 0, durationMillis: 0, delayMillis: 0 };
  #evaluatedAt: number | undefined;
  #scheduledAt: number | undefined;
  #evaluationMillis = 0;
  #isRestored: boolean;

  constructor(group: RuleGroup, context: GroupContext, before?: RunningGroup) {
    this.#context = context;
    this.#isRestored = !context.restoresFromStore || before !== undefined;
    const intervalMillis = group.intervalMillis ?? context.defaultIntervalMillis;
    this.#host = context.host.ofGroup(() => intervalMillis);
    this.evaluation = new GroupEvaluation(group, this.#host, context.clock);
    this.#outgoing = before === undefined ? new OutgoingAlerts() : before.#outgoing;
    this.failures = before?.failures ?? new RuleFailures();
    this.#schedule = new GroupSchedule({
      key: `${group.file};${group.name}`,
      intervalMillis,
      clock: context.clock,
      evaluate: (timeMillis) => this.evaluate(timeMillis),
    });
    if (before === undefined) return;
    this.#evaluatedAt = before.#evaluatedAt;
    this.#evaluationMillis = before.#evaluationMillis;
    this.#resolve(this.evaluation.continue(before.evaluation));
  }

  get group(): RuleGroup {
    return this.evaluation.group;
  }

  get intervalMillis(): number {
    return this.#schedule.intervalMillis;
  }

  get rules(): readonly EvaluatedRule[] {
    return this.evaluation.rules;
  }

  /** The time of the last evaluation: a multiple of the interval plus the offset of the group. */
  get scheduledAt(): number | undefined {
    return this.#scheduledAt;
  }

  /** When the last evaluation began. */
  get evaluatedAt(): number | undefined {
    return this.#evaluatedAt;
  }

  get evaluationMillis(): number {
    return this.#evaluationMillis;
  }

  get counts(): GroupCounts {
    return { ...this.#schedule.counts, ...this.#counts };
  }

  start(): void {
    this.#schedule.start();
  }

  stop(): Promise<void> {
    return this.#schedule.stop();
  }

  /** Ends the group for good: its series end, and its alerts are resolved. */
  async remove(): Promise<void> {
    const nowMillis = this.#context.clock.now();
    const { series, rules } = this.evaluation;
    if (series.length > 0) {
      this.#host.write(
        series.map((labels) => ({ labels, value: 'stale' })),
        nowMillis,
      );
      await this.#host.flush();
    }
    this.#resolve(rules.flatMap(({ alerts }) => alerts));
    this.#send(this.failures.resolveAll(nowMillis));
  }

  /** Evaluates the rules at a time, in milliseconds since the epoch. Never rejects. */
  async evaluate(timeMillis: number): Promise<void> {
    const { clock, save, warn } = this.#context;
    const started = clock.monotonic();
    this.#evaluatedAt = clock.now();
    this.#scheduledAt = timeMillis;
    let isChanged = false;
    try {
      await this.#restore(timeMillis);
      isChanged = await this.evaluation.evaluate(timeMillis, pauseAfter(clock));
      await this.#host.flush();
    } catch (error) {
      warn({ group: this.group.name, err: error }, 'results of rules lost: the store did not accept them');
    }
    this.#evaluationMillis = clock.monotonic() - started;
    const failed = this.rules.filter(({ error }) => error !== undefined);
    this.#counts.evaluations += this.rules.length;
    this.#counts.failures += failed.length;
    this.#counts.durationMillis += this.#evaluationMillis;
    this.#counts.delayMillis = clock.now() - timeMillis;
    try {
      if (isChanged) await save();
    } catch (error) {
      warn({ group: this.group.name, err: error }, 'state of alerts not saved');
    }
    this.#notify(timeMillis);
  }

  async #restore(timeMillis: number): Promise<void> {
    if (this.#isRestored) return;
    this.#isRestored = true;
    const writtenMillis = await lastWritten(this.#host, timeMillis);
    if (writtenMillis === undefined) return;
    await this.evaluation.restoreEach((rule) => restoreAlerts(this.#host, rule, writtenMillis, timeMillis));
  }

  #notify(timeMillis: number): void {
    const { externalUrl } = this.#context;
    const all = this.rules.flatMap(({ rule, alerts }) => alerts.map((alert) => ({ rule, alert })));
    const rulesOf = new Map(all.map(({ rule, alert }) => [alert, rule]));
    const alerts = this.#outgoing.take(rulesOf.keys(), timeMillis, (alert) => {
      const rule = rulesOf.get(alert);
      return alertOf(alert, timeMillis, rule === undefined ? externalUrl : generatorUrl(externalUrl, rule.expression));
    });
    this.#outgoing.forgetOthers(new Set(all.map(({ alert }) => alert.labels.key)));
    const { changed, repeated } = this.failures.update(this.group, this.rules, timeMillis);
    for (const { labels, annotations } of changed) {
      this.#context.warn({ ...labels }, `rule not evaluated: ${annotations['description'] ?? ''}`);
    }
    this.#send([...alerts, ...repeated]);
  }

  /** Sends the end of alerts whose rules are gone. */
  #resolve(alerts: readonly RuleAlert[]): void {
    const nowMillis = this.#context.clock.now();
    this.#send(
      alerts
        .filter(({ state }) => state === 'firing')
        .map((alert) =>
          alertOf({ ...alert, state: 'inactive', resolvedAt: nowMillis }, nowMillis, this.#context.externalUrl),
        ),
    );
  }

  #send(alerts: readonly Parameters<AlertSink['receive']>[0][number][]): void {
    const { sink, externalLabels, clock } = this.#context;
    if (alerts.length === 0) return;
    // As Prometheus does, external labels are added when alerts are sent; labels of the alert win.
    sink?.receive(
      alerts.map((alert) => ({
        ...alert,
        labels: withTenantLabel({ ...externalLabels, ...alert.labels }, this.group.tenant),
      })),
      clock.now(),
    );
  }
}

/** How long rules are evaluated before other work of the process gets a turn, in milliseconds. */
const SLICE_MILLIS = 10;

function pauseAfter(clock: AlertingClock): () => Promise<void> | undefined {
  let sliceEnd = clock.monotonic() + SLICE_MILLIS;
  return () => {
    if (clock.monotonic() < sliceEnd) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        sliceEnd = clock.monotonic() + SLICE_MILLIS;
        resolve();
      });
    });
  };
}
