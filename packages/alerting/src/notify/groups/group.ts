import type { Delivery } from '../delivery/delivery.ts';
import { formatLabels, type LabelSet } from '../matching/labels.ts';
import type { Route } from '../routing/route.ts';
import type { GroupFile, GroupRecord } from './group-file.ts';
import type { LogEntry } from './needs-notification.ts';
import type { StoredAlert } from './stored-alert.ts';

/** Alerts that are sent together, and what has been sent of them. */
export interface Group {
  /** Identifies the group by its matchers, labels and receiver, also after a restart. */
  readonly id: string;
  readonly groupKey: string;
  readonly receiver: string;
  readonly labels: LabelSet;
  /** The route; `undefined` for a group of an earlier configuration. */
  route: Route | undefined;
  readonly alerts: Map<string, StoredAlert>;
  /** What was sent, by the name of the integration. */
  readonly log: Map<string, LogEntry>;
  /** What waits to be sent, by the name of the integration. */
  readonly deliveries: Map<string, Delivery>;
  /** Time intervals that mute the group since the last flush. */
  mutedBy: readonly string[];
  /** Cancels the timer of the next flush. */
  cancelTimer: (() => void) | undefined;
  /** Whether a flush found a delivery in flight, and is repeated after it. */
  isFlushNeeded: boolean;
  readonly file: GroupFile;
}

/** Returns the key of a group as receivers see it. */
export function groupKeyOf(route: Route, labels: LabelSet): string {
  return `${route.key}:${formatLabels(labels)}`;
}

/** Whether nothing is left of a group that must be kept. */
export function isDisposable({ alerts, deliveries, log }: Group, nowMs: number): boolean {
  if (alerts.size > 0 || deliveries.size > 0) return false;
  return [...log.values()].every(({ firing, expiresAtMs }) => firing.length === 0 || expiresAtMs <= nowMs);
}

/** Returns what is kept of a group. */
export function recordOf({ groupKey, receiver, labels, alerts, log, deliveries }: Group): GroupRecord {
  const parts = { alerts: [...alerts.values()], log: [...log], deliveries: [...deliveries.values()] };
  return { groupKey, receiver, labels, ...parts };
}
