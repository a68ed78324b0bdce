import { mkdir } from 'node:fs/promises';
import type { StateCipher } from '@otelier/journal';
import type { Store } from '@otelier/store';
import type { Alert, AlertSink } from './alert.ts';
import type { AlertingClock } from './clock.ts';
import { AlertState } from './engine/alert-state.ts';
import { alertOf, generatorUrl } from './engine/outgoing-alerts.ts';
import { type GroupContext, RunningGroup } from './engine/running-group.ts';
import { StoreHost } from './engine/store-host.ts';
import type { RuleGroup } from './rules/rule-file.ts';
import type { Slo } from './slo/parse-slos.ts';
import { groupName, SLO_FILE, sloGroups } from './slo/slo-rules.ts';
import { type SloStatus, sloStatus } from './slo/slo-status.ts';
import { type RuleTrial, type TrialRequest, tryRules } from './trial/try-rules.ts';

/** What rules are evaluated with. A reload replaces it. */
export interface AlertingSettings {
  readonly groups: readonly RuleGroup[];
  /** Service level objectives, whose rules are added. */
  readonly slos?: readonly Slo[];
  /** Interval of groups without one, in milliseconds. */
  readonly evaluationIntervalMillis: number;
  readonly externalLabels: Readonly<Record<string, string>>;
  /** URL at which people reach the page. */
  readonly externalUrl: string;
  /** Receives firing and resolved alerts. */
  readonly sink?: AlertSink | undefined;
}

/** Options for `createAlerting`. */
export interface AlertingOptions extends AlertingSettings {
  readonly clock: AlertingClock;
  /** Directory for the state of alerts. It is created. */
  readonly directory: string;
  /** Returns the store, or `undefined` while there is none. */
  readonly store: () => Store | undefined;
  /**
   * Subscribes to the metrics that go to the store, so that evaluations need not read them from it. Without it, every
   * evaluation reads the store.
   */
  readonly subscribe?: ((listener: (request: Uint8Array, tenant: string) => void) => () => void) | undefined;
  readonly warn: (fields: object, message: string) => void;
  /** Encrypts the state. Default: it is not encrypted. */
  readonly cipher?: StateCipher | undefined;
}

/** Rules to try: a rule, a list of rules or a rule file. Without an interval, that of the settings. */
export type RuleTrialRequest = Omit<TrialRequest, 'intervalMillis'> & { readonly intervalMillis: number | undefined };

/** Evaluates rules and passes their alerts on. */
export interface Alerting {
  /** Restores the state of the last run, and starts to evaluate. Rejects if the directory cannot be used. */
  start(): Promise<void>;
  /** Replaces the settings. Rules with the same name and labels in a group with the same name and file keep their state. */
  update(settings: AlertingSettings): Promise<void>;
  /** Forgets the alerts of a tenant, without telling receivers, and its samples in memory. Resolves when that is durable. */
  removeTenant(tenant: string): Promise<void>;
  /** Groups with their rules, alerts and errors. */
  rules(): readonly RunningGroup[];
  /** Pending and firing alerts, and those resolved in the last 15 minutes. */
  alerts(): readonly Alert[];
  /** Returns how the SLOs are met. */
  slos(): Promise<readonly SloStatus[]>;
  /**
   * Evaluates the alerting rules of a text over the past of a store. Nothing is stored or sent. Rejects with a
   * `RuleTextError` if the text has errors.
   */
  tryRules(request: RuleTrialRequest, store: Store, signal: AbortSignal): Promise<RuleTrial>;
  /** The numbers of metrics, series and samples in memory. */
  memory(): { readonly metrics: number; readonly series: number; readonly samples: number };
  /** Stops to evaluate, and saves the state. */
  close(): Promise<void>;
}

/** Creates the evaluation of groups of rules. */
export function createAlerting(options: AlertingOptions): Alerting {
  return new RunningAlerting(options);
}

class RunningAlerting implements Alerting {
  readonly #options: AlertingOptions;
  #settings: AlertingSettings;
  #state: AlertState | undefined;
  /** By tenant. */
  #hosts: ReadonlyMap<string, StoreHost>;
  #groups = new Map<string, RunningGroup>();
  #unsubscribe: (() => void) | undefined;

  constructor(options: AlertingOptions) {
    this.#options = options;
    this.#settings = options;
    this.#hosts = this.#createHosts();
  }

  async start(): Promise<void> {
    const { directory, warn, subscribe, cipher } = this.#options;
    await mkdir(directory, { recursive: true });
    this.#state = new AlertState(directory, (message) => warn({}, message), cipher);
    this.#unsubscribe = subscribe?.((request, tenant) => this.#hosts.get(tenant)?.recent.receive(request));
    this.#groups = this.#createGroups();
    for (const running of this.#groups.values()) {
      this.#state.restore(running.evaluation);
      running.start();
    }
  }

  async update(settings: AlertingSettings): Promise<void> {
    const before = this.#groups;
    await this.#restart(settings, before);
    for (const [key, running] of before) if (!this.#groups.has(key)) await running.remove();
    await this.#state?.save(this.#evaluations());
  }

  async removeTenant(tenant: string): Promise<void> {
    const others = [...this.#groups].filter(([, { group }]) => group.tenant !== tenant);
    await this.#restart(this.#settings, new Map(others));
    await this.#state?.save(this.#evaluations());
  }

  /** Evaluates with other settings, and continues the state of groups. */
  async #restart(settings: AlertingSettings, continued: ReadonlyMap<string, RunningGroup>): Promise<void> {
    for (const running of this.#groups.values()) await running.stop();
    this.#settings = settings;
    this.#hosts = this.#createHosts();
    this.#groups = this.#createGroups(continued);
    for (const running of this.#groups.values()) running.start();
  }

  rules(): readonly RunningGroup[] {
    return [...this.#groups.values()];
  }

  alerts(): readonly Alert[] {
    const nowMillis = this.#options.clock.now();
    const { externalUrl } = this.#settings;
    return [...this.#groups.values()].flatMap(({ rules, failures }) => [
      ...rules.flatMap(({ rule, alerts }) =>
        alerts.map((alert) => alertOf(alert, nowMillis, generatorUrl(externalUrl, rule.expression))),
      ),
      ...failures.alerts,
    ]);
  }

  async slos(): Promise<readonly SloStatus[]> {
    const nowMillis = this.#options.clock.now();
    const { slos = [] } = this.#settings;
    return Promise.all(
      slos.map((slo) => {
        const running = this.#groups.get(keyOf({ file: SLO_FILE, name: groupName(slo), tenant: slo.tenant }));
        const host = this.#hostOf(slo.tenant).ofGroup(() => 0);
        return sloStatus(slo, running?.rules ?? [], host, nowMillis);
      }),
    );
  }

  tryRules(request: RuleTrialRequest, store: Store, signal: AbortSignal): Promise<RuleTrial> {
    const { externalLabels, externalUrl, evaluationIntervalMillis } = this.#settings;
    const { clock } = this.#options;
    const { intervalMillis = evaluationIntervalMillis } = request;
    const context = { store, clock, signal, externalLabels, externalUrl };
    return tryRules({ ...request, intervalMillis }, context);
  }

  memory(): ReturnType<Alerting['memory']> {
    const sizes = [...this.#hosts.values()].map(({ recent }) => recent.size);
    const sum = (key: 'metrics' | 'series' | 'samples'): number => sizes.reduce((total, one) => total + one[key], 0);
    return { metrics: sum('metrics'), series: sum('series'), samples: sum('samples') };
  }

  async close(): Promise<void> {
    for (const running of this.#groups.values()) await running.stop();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    const state = this.#state;
    this.#state = undefined;
    if (state === undefined) return;
    try {
      await state.save(this.#evaluations());
    } catch (error) {
      this.#options.warn({ err: error }, 'state of alerts not saved');
    }
    await state.close();
  }

  #allGroups(): readonly RuleGroup[] {
    const { groups, slos = [] } = this.#settings;
    return [...groups, ...sloGroups(slos)];
  }

  *#evaluations(): Generator<RunningGroup['evaluation']> {
    for (const { evaluation } of this.#groups.values()) yield evaluation;
  }

  /** Creates what evaluates the rules of each tenant, over nothing but its own telemetry. */
  #createHosts(): ReadonlyMap<string, StoreHost> {
    const { clock, store, subscribe, warn } = this.#options;
    const { externalLabels, externalUrl } = this.#settings;
    const byTenant = Map.groupBy(this.#allGroups(), ({ tenant }) => tenant);
    return new Map(
      [...byTenant].map(([tenant, groups]) => {
        const host = new StoreHost({
          ...{ clock, tenant, store, externalLabels, externalUrl },
          isComplete: subscribe !== undefined,
          warn: (message) => warn({}, message),
        });
        host.watch(groups);
        return [tenant, host];
      }),
    );
  }

  #hostOf(tenant: string): StoreHost {
    const host = this.#hosts.get(tenant);
    if (host === undefined) throw new Error(`expected rules of tenant ${tenant}`);
    return host;
  }

  #createGroups(before: ReadonlyMap<string, RunningGroup> = new Map()): Map<string, RunningGroup> {
    const { clock, warn } = this.#options;
    const { sink, externalLabels, externalUrl, evaluationIntervalMillis } = this.#settings;
    const context: Omit<GroupContext, 'host'> = {
      ...{ clock, sink, warn, externalLabels, externalUrl },
      defaultIntervalMillis: evaluationIntervalMillis,
      restoresFromStore: this.#state?.isKnown !== true,
      save: async () => this.#state?.save(this.#evaluations()),
    };
    return new Map(
      this.#allGroups().map((group) => {
        const key = keyOf(group);
        const host = this.#hostOf(group.tenant);
        return [key, new RunningGroup(group, { ...context, host }, before.get(key))];
      }),
    );
  }
}

function keyOf({ file, name, tenant }: Pick<RuleGroup, 'file' | 'name' | 'tenant'>): string {
  return JSON.stringify([file, name, tenant]);
}
