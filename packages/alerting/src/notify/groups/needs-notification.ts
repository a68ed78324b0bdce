/** What was sent for a group by an integration, as Alertmanager's notification log keeps it. */
export interface LogEntry {
  /** Fingerprints of the alerts. */
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  /** When it was delivered, or failed, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly expiresAtMs: number;
  /** Why the receiver refused the notification, if it did. */
  readonly error?: string;
}

/** Why a notification is sent, in Alertmanager's words. */
export type NotificationReason =
  | 'first notification'
  | 'new alerts added'
  | 'some alerts resolved'
  | 'all alerts resolved'
  | 'repeat interval elapsed';

/** The state of a group. */
export interface GroupState {
  readonly firing: ReadonlySet<string>;
  readonly resolved: ReadonlySet<string>;
  readonly sendsResolved: boolean;
  readonly repeatIntervalMillis: number;
  readonly nowMs: number;
}

/** Returns why a group needs a notification, or `undefined` if what was sent is still true. */
export function reasonToNotify(entry: LogEntry | undefined, group: GroupState): NotificationReason | undefined {
  const { firing, resolved, sendsResolved, repeatIntervalMillis, nowMs } = group;
  if (entry === undefined) return firing.size > 0 ? 'first notification' : undefined;
  const sent = new Set(entry.firing);
  if ([...firing].some((alert) => !sent.has(alert))) {
    return sent.size === 0 ? 'first notification' : 'new alerts added';
  }
  if (firing.size === 0) return sent.size > 0 ? 'all alerts resolved' : undefined;
  const sentResolved = new Set(entry.resolved);
  if (sendsResolved && [...resolved].some((alert) => !sentResolved.has(alert))) return 'some alerts resolved';
  return entry.atMs < nowMs - repeatIntervalMillis ? 'repeat interval elapsed' : undefined;
}
