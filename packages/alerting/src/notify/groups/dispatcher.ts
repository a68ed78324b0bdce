import type { StateCipher } from '@otelier/journal';
import { Deliverer } from '../delivery/deliverer.ts';
import type { NotifierEvent } from '../event.ts';
import { compareAlertLabels, compareLabels, fingerprintOf, type LabelSet } from '../matching/labels.ts';
import type { AlertGroup, AlertStatus, Deliveries, PostedAlert } from '../notifier.ts';
import { groupLabelsOf, matchRoutes, type Route } from '../routing/route.ts';
import { deliveriesOf } from './deliveries.ts';
import { type FlushOptions, flushGroup } from './flush.ts';
import { type Group, groupKeyOf, isDisposable } from './group.ts';
import { groupFile } from './group-file.ts';
import { groupIdOf } from './group-id.ts';
import { LimitReporter } from './limit-reporter.ts';
import { restoreGroups } from './restore.ts';
import { isResolvedAt, type StoredAlert } from './stored-alert.ts';

/** Options for `Dispatcher`. */
export interface DispatcherOptions extends FlushOptions {
  readonly route: Route;
  /** Directory of the files of groups. */
  readonly directory: string;
  readonly resolveTimeoutMillis: number;
  readonly maxGroups: number;
  readonly log: (event: NotifierEvent) => void;
  readonly random: () => number;
  readonly onDamage: (message: string) => void;
  /** Encrypts the files of groups. */
  readonly cipher?: StateCipher | undefined;
}

const CLEANUP_MILLIS = 60_000;

/** Sorts alerts into groups, and sends what is new in a group at its times. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #groups = new Map<string, Group>();
  readonly #deliverer: Deliverer;
  readonly #limits: LimitReporter;
  #cancelCleanup: (() => void) | undefined;
  #isClosed = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#limits = new LimitReporter(options.clock, options.log);
    const { integrations, clock, random, externalUrl, log } = options;
    const flush = (group: Group) => this.#flush(group);
    this.#deliverer = new Deliverer({ integrations, clock, random, externalUrl, log, flush });
  }

  /** Continues what the files of groups tell. */
  open(): void {
    const { directory, onDamage, cipher, integrations, log, clock, resolveTimeoutMillis } = this.#options;
    const restored = restoreGroups({
      directory,
      onDamage,
      cipher,
      integrations,
      log,
      nowMs: clock.now(),
      resolveTimeoutMillis,
    });
    for (const group of restored.groups) {
      this.#groups.set(group.id, group);
      for (const delivery of group.deliveries.values()) this.#deliverer.schedule(group, delivery);
    }
    for (const alert of restored.alerts) this.receive(alert);
    this.#scheduleCleanup();
  }

  /** Takes an alert. Returns whether there is capacity for it. */
  receive(alert: StoredAlert): boolean {
    if (this.#isClosed) return false;
    const merged = this.#options.store.set(alert);
    if (merged === undefined) {
      this.#limits.report('alerts');
      return false;
    }
    let isTaken = true;
    for (const route of this.routesOf(merged.labels)) isTaken = this.#add(merged, route) && isTaken;
    return isTaken;
  }

  /** Takes alerts that a client posts. Returns how many there was no capacity for. */
  post(alerts: readonly PostedAlert[]): number {
    const nowMs = this.#options.clock.now();
    const stored = alerts.map(
      ({ startsAtMs, endsAtMs, ...alert }): StoredAlert => ({
        ...alert,
        fingerprint: fingerprintOf(alert.labels),
        startsAtMs: startsAtMs ?? endsAtMs ?? nowMs,
        endsAtMs: endsAtMs ?? nowMs + this.#options.resolveTimeoutMillis,
        updatedAtMs: nowMs,
        isTimeout: endsAtMs === undefined,
      }),
    );
    return stored.filter((alert) => !this.receive(alert)).length;
  }

  routesOf(labels: LabelSet): readonly Route[] {
    return matchRoutes(this.#options.route, labels);
  }

  alerts(): readonly AlertStatus[] {
    const firing = this.#options.store.firing().toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
    return firing.map((alert) =>
      this.#statusOf(
        alert,
        this.routesOf(alert.labels).map(({ receiver }) => receiver),
      ),
    );
  }

  groups(): readonly AlertGroup[] {
    const nowMs = this.#options.clock.now();
    const firing = [...this.#groups.values()].map((group) => ({
      group,
      alerts: [...group.alerts.values()].filter((alert) => !isResolvedAt(alert, nowMs)),
    }));
    const receivers = new Map<string, string[]>();
    for (const { group, alerts } of firing) {
      for (const { fingerprint } of alerts) {
        receivers.set(fingerprint, [...(receivers.get(fingerprint) ?? []), group.receiver].sort());
      }
    }
    return firing
      .filter(({ alerts }) => alerts.length > 0)
      .sort((a, b) => compareLabels(a.group.labels, b.group.labels) || (a.group.receiver < b.group.receiver ? -1 : 1))
      .map(({ group, alerts }) => ({
        labels: group.labels,
        routeLabels: group.route?.labels ?? {},
        receiver: group.receiver,
        mutedBy: group.mutedBy,
        alerts: alerts
          .toSorted((a, b) => compareAlertLabels(a.labels, b.labels))
          .map((alert) => this.#statusOf(alert, receivers.get(alert.fingerprint) ?? [])),
      }));
  }

  deliveries(): Deliveries {
    return deliveriesOf(this.#groups.values());
  }

  /** Forgets alerts and their notifications by their labels, and groups of which nothing is left. Resolves when that is durable. */
  async remove(isRemoved: (labels: LabelSet) => boolean): Promise<void> {
    this.#options.store.remove(isRemoved);
    const changed = [...this.#groups.values()].filter((group) => removeAlerts(group, isRemoved));
    await Promise.all(changed.map((group) => (isEmpty(group) ? this.#forget(group) : this.#deliverer.save(group))));
  }

  async #forget(group: Group): Promise<void> {
    group.cancelTimer?.();
    this.#groups.delete(group.id);
    await group.file.remove();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelCleanup?.();
    for (const group of this.#groups.values()) group.cancelTimer?.();
    await this.#deliverer.close();
    await Promise.all([...this.#groups.values()].map(({ file }) => file.close()));
  }

  #statusOf(alert: StoredAlert, receivers: readonly string[]): AlertStatus {
    const inhibitedBy = this.#options.store.inhibitedBy(alert.labels);
    return {
      alert,
      silencedBy: this.#options.silences.silencedBy(alert.labels),
      inhibitedBy: inhibitedBy === undefined ? [] : [inhibitedBy],
      receivers,
    };
  }

  #add(alert: StoredAlert, route: Route): boolean {
    const labels = groupLabelsOf(route, alert.labels);
    const groupKey = groupKeyOf(route, labels);
    const id = groupIdOf(groupKey, route.receiver);
    const group = this.#groups.get(id) ?? this.#createGroup(id, groupKey, route, labels);
    if (group === undefined) return false;
    group.route = route;
    const nowMs = this.#options.clock.now();
    const old = group.alerts.get(alert.fingerprint);
    // A resolved alert that the group has sent, or never had, needs no notification.
    if (old === undefined && isResolvedAt(alert, nowMs) && !isKnown(group, alert)) return true;
    group.alerts.set(alert.fingerprint, alert);
    if (old === undefined || isChanged(old, alert, nowMs)) this.#deliverer.saveLater(group);
    if (group.cancelTimer === undefined) {
      const isOld = alert.startsAtMs + route.groupWaitMillis < nowMs;
      this.#setTimer(group, isOld ? 0 : route.groupWaitMillis);
    }
    return true;
  }

  #createGroup(id: string, groupKey: string, route: Route, labels: LabelSet): Group | undefined {
    if (this.#groups.size >= this.#options.maxGroups) {
      this.#limits.report('groups');
      return undefined;
    }
    const { directory, onDamage, cipher } = this.#options;
    const group: Group = {
      ...{ id, groupKey, receiver: route.receiver, labels, route },
      ...{ alerts: new Map(), log: new Map(), deliveries: new Map() },
      ...{ mutedBy: [], cancelTimer: undefined, isFlushNeeded: false },
      file: groupFile(directory, id, onDamage, cipher),
    };
    this.#groups.set(id, group);
    return group;
  }

  #setTimer(group: Group, millis: number): void {
    group.cancelTimer = this.#options.clock.setTimeout(() => {
      group.cancelTimer = undefined;
      const { route } = group;
      if (route === undefined) return;
      this.#flush(group);
      if (group.alerts.size > 0) this.#setTimer(group, route.groupIntervalMillis);
      else this.#dispose(group);
    }, millis);
  }

  #flush(group: Group): void {
    const deliveries = flushGroup(group, this.#options);
    for (const delivery of deliveries) this.#deliverer.schedule(group, delivery);
    if (deliveries.length === 0) this.#deliverer.saveLater(group);
  }

  #dispose(group: Group): void {
    if (!isDisposable(group, this.#options.clock.now())) return;
    group.cancelTimer?.();
    this.#groups.delete(group.id);
    void group.file.remove();
  }

  #scheduleCleanup(): void {
    this.#cancelCleanup = this.#options.clock.setTimeout(() => {
      this.#options.store.removeResolved();
      for (const group of this.#groups.values()) this.#dispose(group);
      this.#scheduleCleanup();
    }, CLEANUP_MILLIS);
  }
}

/** Removes alerts of a group, and notifications with them. Returns whether it had any. */
function removeAlerts({ alerts, deliveries, labels }: Group, isRemoved: (labels: LabelSet) => boolean): boolean {
  let isChanged = isRemoved(labels);
  for (const { fingerprint, labels: own } of alerts.values())
    if (isRemoved(own)) isChanged = alerts.delete(fingerprint) || isChanged;
  for (const [integration, delivery] of deliveries)
    if (delivery.alerts.some((alert) => isRemoved(alert.labels)))
      isChanged = deliveries.delete(integration) || isChanged;
  return isChanged;
}

function isEmpty({ alerts, deliveries }: Group): boolean {
  return alerts.size === 0 && deliveries.size === 0;
}

/** Whether a notification of the group may have told of an alert. */
function isKnown({ log, deliveries }: Group, { fingerprint }: StoredAlert): boolean {
  const isLogged = [...log.values()].some(({ firing }) => firing.includes(fingerprint));
  return (
    isLogged || [...deliveries.values()].some(({ alerts }) => alerts.some((alert) => alert.fingerprint === fingerprint))
  );
}

/** Whether a change must survive the process. A firing alert that is repeated is no change. */
function isChanged(old: StoredAlert, alert: StoredAlert, nowMs: number): boolean {
  return (
    old.startsAtMs !== alert.startsAtMs ||
    isResolvedAt(old, nowMs) !== isResolvedAt(alert, nowMs) ||
    JSON.stringify(old.annotations) !== JSON.stringify(alert.annotations)
  );
}
