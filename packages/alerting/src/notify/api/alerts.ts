import { z } from 'zod';
import type { LabelSet } from '../matching/labels.ts';
import type { AlertStatus, PostedAlert } from '../notifier.ts';
import { ApiError } from './api-error.ts';
import { readBody, time } from './body.ts';
import type { ApiContext } from './context.ts';
import { flagOf, matchesFilter, parseFilters, receiverTest } from './filters.ts';

/** Returns the alerts that fire and pass the filters. */
export function listAlerts(context: ApiContext): readonly object[] {
  const isShown = alertTest(context);
  const isReceiver = receiverTest(context.query);
  const hasLabels = receiverLabelTest(context);
  return context.notifier
    .alerts()
    .filter((status) => status.receivers.some(isReceiver) && status.receivers.some(hasLabels) && isShown(status))
    .map((status) => toAlert(status, []));
}

/** Returns the groups with the alerts that pass the filters. */
export function listGroups(context: ApiContext): readonly object[] {
  const isShown = alertTest(context);
  const isReceiver = receiverTest(context.query);
  const hasLabels = receiverLabelTest(context);
  const showsMuted = flagOf(context.query, 'muted');
  return context.notifier
    .groups()
    .filter(
      ({ receiver, mutedBy }) => isReceiver(receiver) && hasLabels(receiver) && (showsMuted || mutedBy.length === 0),
    )
    .map((group) => ({ ...group, alerts: group.alerts.filter(isShown) }))
    .filter(({ alerts }) => alerts.length > 0)
    .map(({ labels, routeLabels, receiver, mutedBy, alerts }) => ({
      alerts: alerts.map((status) => toAlert(status, mutedBy)),
      labels,
      receiver: { name: receiver },
      routeLabels,
    }));
}

function alertTest({ query }: ApiContext): (status: AlertStatus) => boolean {
  const matchers = parseFilters(query, 'filter');
  const [active, silenced, inhibited] = ['active', 'silenced', 'inhibited'].map((name) => flagOf(query, name));
  flagOf(query, 'unprocessed');
  return ({ alert, silencedBy, inhibitedBy }) => {
    const isActive = silencedBy.length === 0 && inhibitedBy.length === 0;
    if ((active === false && isActive) || (silenced === false && silencedBy.length > 0)) return false;
    if (inhibited === false && inhibitedBy.length > 0) return false;
    return matchesFilter(matchers, alert.labels);
  };
}

function receiverLabelTest({ notifier, query }: ApiContext): (name: string) => boolean {
  const matchers = parseFilters(query, 'receiver_matchers');
  if (matchers.length === 0) return () => true;
  const names = new Set(
    notifier
      .receivers()
      .filter(({ labels }) => matchesFilter(matchers, labels))
      .map(({ name }) => name),
  );
  return (name) => names.has(name);
}

function toAlert({ alert, silencedBy, inhibitedBy, receivers }: AlertStatus, mutedBy: readonly string[]): object {
  const isSuppressed = silencedBy.length > 0 || inhibitedBy.length > 0 || mutedBy.length > 0;
  return {
    annotations: alert.annotations,
    endsAt: new Date(alert.endsAtMs).toISOString(),
    fingerprint: alert.fingerprint,
    receivers: receivers.map((name) => ({ name })),
    startsAt: new Date(alert.startsAtMs).toISOString(),
    status: { inhibitedBy, mutedBy, silencedBy, state: isSuppressed ? 'suppressed' : 'active' },
    updatedAt: new Date(alert.updatedAtMs).toISOString(),
    ...(alert.generatorUrl !== '' && { generatorURL: alert.generatorUrl }),
    labels: alert.labels,
  };
}

const texts = z.record(z.string(), z.string());
const postedAlerts = z.array(
  z.object({
    labels: texts,
    annotations: texts.optional(),
    startsAt: time.optional(),
    endsAt: time.optional(),
    generatorURL: z.string().optional(),
  }),
);

/** Takes alerts. Those that are valid are taken even if others are not. */
export async function postAlerts({ notifier, nowMs }: ApiContext, request: Request): Promise<undefined> {
  const alerts = await readBody(request, postedAlerts, 'alerts');
  const errors: string[] = [];
  const valid = alerts.flatMap((alert, index): readonly PostedAlert[] => {
    const posted = {
      labels: withoutEmpty(alert.labels),
      annotations: alert.annotations ?? {},
      startsAtMs: alert.startsAt,
      endsAtMs: alert.endsAt,
      generatorUrl: alert.generatorURL ?? '',
    };
    const error = errorOf(posted, nowMs);
    if (error === undefined) return [posted];
    errors.push(`alerts[${index}]: ${error}`);
    return [];
  });
  const left = notifier.post(valid);
  if (left > 0) errors.push(`expected fewer alerts: there was no capacity for ${left}`);
  if (errors.length > 0) throw new ApiError(400, errors.slice(0, 20).join('; '), { isRequest: false });
}

function withoutEmpty(labels: LabelSet): LabelSet {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}

function errorOf({ labels, annotations, startsAtMs, endsAtMs }: PostedAlert, nowMs: number): string | undefined {
  if (endsAtMs !== undefined && endsAtMs < (startsAtMs ?? endsAtMs)) return 'start time must be before end time';
  if (startsAtMs !== undefined && endsAtMs === undefined && startsAtMs > nowMs + MAX_FUTURE_MILLIS) {
    return 'start time must not be far in the future';
  }
  if (Object.keys(labels).length === 0) return 'at least one label pair required';
  const isNameless = [labels, annotations].some((set) => Object.hasOwn(set, ''));
  return isNameless ? 'invalid label set: expected names, got ""' : undefined;
}

const MAX_FUTURE_MILLIS = 365 * 86_400_000;
