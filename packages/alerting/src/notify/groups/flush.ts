import type { Clock } from '@otelier/transport/clock';
import type { NamedIntegration } from '../delivery/deliverer.ts';
import type { DeliveredAlert, Delivery } from '../delivery/delivery.ts';
import { compareAlertLabels, type LabelSet } from '../matching/labels.ts';
import type { Route } from '../routing/route.ts';
import { containsTime, type TimeInterval } from '../routing/time-interval.ts';
import type { Silences } from '../silences/silences.ts';
import type { NotificationTemplates } from '../templates/notification-templates.ts';
import type { AlertStore } from './alert-store.ts';
import type { Group } from './group.ts';
import { type LogEntry, reasonToNotify } from './needs-notification.ts';
import { isResolvedAt, type StoredAlert } from './stored-alert.ts';

/** Options for `flushGroup`. */
export interface FlushOptions {
  readonly integrations: ReadonlyMap<string, NamedIntegration>;
  readonly store: AlertStore;
  readonly silences: Silences;
  readonly timeIntervals: ReadonlyMap<string, readonly TimeInterval[]>;
  readonly templates: NotificationTemplates;
  readonly clock: Clock;
  readonly createId: () => string;
  readonly externalUrl: string;
}

/**
 * Decides what to send of a group. Creates deliveries, which are returned to be attempted, and brings waiting ones up to
 * date. Resolved alerts then leave the group.
 */
export function flushGroup(group: Group, options: FlushOptions): readonly Delivery[] {
  const { route } = group;
  if (route === undefined || group.alerts.size === 0) return [];
  const nowMs = options.clock.now();
  const all = [...group.alerts.values()];
  const isMuted = (labels: LabelSet) =>
    options.store.inhibitedBy(labels) !== undefined || options.silences.silencedBy(labels).length > 0;
  group.mutedBy = mutingIntervals(route, options, nowMs);
  const shown = group.mutedBy.length > 0 ? [] : all.filter(({ labels }) => !isMuted(labels));
  shown.sort((a, b) => compareAlertLabels(a.labels, b.labels));
  const created: Delivery[] = [];
  let isHeld = false;
  for (const [name, integration] of integrationsOf(group, options)) {
    const pending = group.deliveries.get(name);
    if (pending?.isInFlight === true) {
      isHeld = true;
    } else if (pending !== undefined) {
      updateDelivery(group, pending, shown, isMuted, nowMs);
    } else if (shown.length > 0) {
      const delivery = createDelivery(group, route, { name, integration, shown, nowMs }, options);
      if (delivery !== undefined) created.push(delivery);
    }
  }
  group.isFlushNeeded = isHeld;
  if (!isHeld) {
    for (const alert of all) if (isResolvedAt(alert, nowMs)) group.alerts.delete(alert.fingerprint);
  }
  return created;
}

function integrationsOf(
  { receiver }: Group,
  { integrations }: FlushOptions,
): readonly (readonly [string, NamedIntegration])[] {
  return [...integrations].filter(([, integration]) => integration.receiver === receiver);
}

/** Returns the names of the intervals that mute a route now. */
function mutingIntervals(route: Route, { timeIntervals }: FlushOptions, nowMs: number): readonly string[] {
  const containing = (names: readonly string[]) =>
    names.filter((name) => timeIntervals.get(name)?.some((interval) => containsTime(interval, nowMs)) === true);
  const { activeTimeIntervals: active, muteTimeIntervals: mute } = route;
  if (active.length > 0 && containing(active).length === 0) return active;
  return containing(mute);
}

function toDelivered(alert: StoredAlert, nowMs: number, entry: LogEntry | undefined): DeliveredAlert {
  const { fingerprint, labels, annotations, startsAtMs, generatorUrl } = alert;
  const endsAtMs = isResolvedAt(alert, nowMs) ? alert.endsAtMs : undefined;
  const isNew = endsAtMs === undefined && entry?.firing.includes(fingerprint) !== true;
  return { fingerprint, labels, annotations, startsAtMs, endsAtMs, generatorUrl, isNew };
}

interface NewDelivery {
  readonly name: string;
  readonly integration: NamedIntegration;
  readonly shown: readonly StoredAlert[];
  readonly nowMs: number;
}

function createDelivery(
  group: Group,
  route: Route,
  { name, integration, shown, nowMs }: NewDelivery,
  options: FlushOptions,
): Delivery | undefined {
  const entry = group.log.get(name);
  const isValid = entry !== undefined && entry.expiresAtMs > nowMs;
  const alerts = shown.map((alert) => toDelivered(alert, nowMs, isValid ? entry : undefined));
  const fingerprints = (isFiring: boolean) =>
    new Set(
      alerts.filter(({ endsAtMs }) => (endsAtMs === undefined) === isFiring).map(({ fingerprint }) => fingerprint),
    );
  const reason = reasonToNotify(isValid ? entry : undefined, {
    firing: fingerprints(true),
    resolved: fingerprints(false),
    sendsResolved: integration.config.sendsResolved,
    repeatIntervalMillis: route.repeatIntervalMillis,
    nowMs,
  });
  if (reason === undefined) return undefined;
  const delivery: Delivery = {
    id: options.createId(),
    integration: name,
    receiver: group.receiver,
    groupKey: group.groupKey,
    groupLabels: group.labels,
    routeLabels: renderRouteLabels(group, route, alerts, options),
    enqueuedAtMs: nowMs,
    reason,
    alerts,
    retentionMillis: 2 * route.repeatIntervalMillis,
    ...{ attempts: 0, lastError: undefined, nextAttemptAtMs: nowMs, isInFlight: false, isOutcomeUnknown: false },
  };
  group.deliveries.set(name, delivery);
  return delivery;
}

/**
 * Brings a waiting delivery up to date: with the group's alerts, and those that have left the group meanwhile, unless a
 * person has silenced them.
 */
function updateDelivery(
  group: Group,
  delivery: Delivery,
  shown: readonly StoredAlert[],
  isMuted: (labels: LabelSet) => boolean,
  nowMs: number,
): void {
  const entry = group.log.get(delivery.integration);
  const waiting = new Map(delivery.alerts.map((alert) => [alert.fingerprint, alert]));
  const current = shown.map((alert) => {
    const delivered = toDelivered(alert, nowMs, entry);
    return { ...delivered, isNew: delivered.isNew || waiting.get(alert.fingerprint)?.isNew === true };
  });
  const known = new Set(current.map(({ fingerprint }) => fingerprint));
  const left = delivery.alerts.filter(({ fingerprint, labels }) => !known.has(fingerprint) && !isMuted(labels));
  delivery.alerts = [...current, ...left].sort((a, b) => compareAlertLabels(a.labels, b.labels));
  if (delivery.alerts.length === 0) group.deliveries.delete(delivery.integration);
}

/** Renders the labels of a route, which may be templates over the group. A label that fails is left out. */
function renderRouteLabels(
  group: Group,
  { labels, receiver }: Route,
  alerts: readonly DeliveredAlert[],
  { templates, clock, externalUrl }: FlushOptions,
): LabelSet {
  const { groupKey, labels: groupLabels } = group;
  const common = { receiver, alerts, reason: 'unknown', groupLabels, groupKey, externalUrl, nowMillis: clock.now() };
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => {
      try {
        return [[name, templates.text(value, { ...common, routeLabels: labels })]];
      } catch {
        return [];
      }
    }),
  );
}
