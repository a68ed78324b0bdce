import type { StateCipher } from '@otelier/journal';
import type { NamedIntegration } from '../delivery/deliverer.ts';
import type { NotifierEvent } from '../event.ts';
import type { Group } from './group.ts';
import { type ReadFile, readGroupFiles } from './group-file.ts';
import type { StoredAlert } from './stored-alert.ts';

/** Options for `restoreGroups`. */
export interface RestoreOptions {
  readonly directory: string;
  readonly integrations: ReadonlyMap<string, NamedIntegration>;
  readonly resolveTimeoutMillis: number;
  readonly nowMs: number;
  readonly log: (event: NotifierEvent) => void;
  readonly onDamage: (message: string) => void;
  readonly cipher?: StateCipher | undefined;
}

/** Reads the groups of an earlier process: what they have sent, what waits to be sent, and their alerts. */
export function restoreGroups(options: RestoreOptions): {
  readonly groups: readonly Group[];
  readonly alerts: readonly StoredAlert[];
} {
  const files = readGroupFiles(options.directory, options.onDamage, options.cipher);
  const groups = files.map((read) => restore(read, options));
  const alerts = new Map<string, StoredAlert>();
  for (const alert of files.flatMap(({ record }) => record.alerts)) {
    const known = alerts.get(alert.fingerprint);
    if (known === undefined || known.updatedAtMs < alert.updatedAtMs) alerts.set(alert.fingerprint, alert);
  }
  return { groups, alerts: [...alerts.values()].map((alert) => continued(alert, options)) };
}

/** An alert that fired continues to, until the time for an update has passed. The process may have been away for long. */
function continued(alert: StoredAlert, { nowMs, resolveTimeoutMillis }: RestoreOptions): StoredAlert {
  if (alert.endsAtMs <= alert.updatedAtMs) return alert;
  return { ...alert, endsAtMs: Math.max(alert.endsAtMs, nowMs + resolveTimeoutMillis), isTimeout: true };
}

function restore({ id, record, file }: ReadFile, { integrations, nowMs, log }: RestoreOptions): Group {
  const { groupKey, receiver, labels } = record;
  const known = record.deliveries.filter(({ integration }) => {
    if (integrations.has(integration)) return true;
    const fields = { integration, group: groupKey };
    log({ level: 'error', message: 'notification dropped: its receiver is not configured anymore', fields });
    return false;
  });
  const deliveries = known.map((delivery) => ({
    ...delivery,
    isInFlight: false,
    // The process ended during an attempt.
    isOutcomeUnknown: delivery.isOutcomeUnknown || delivery.isInFlight,
    nextAttemptAtMs: Math.min(delivery.nextAttemptAtMs, nowMs + MAX_WAIT_MILLIS),
  }));
  return {
    ...{ id, groupKey, receiver, labels, file },
    ...{ route: undefined, alerts: new Map(), mutedBy: [], cancelTimer: undefined, isFlushNeeded: false },
    // What a receiver refused is attempted once more, because the configuration may have changed.
    log: new Map(record.log.filter(([, { error, expiresAtMs }]) => error === undefined && expiresAtMs > nowMs)),
    deliveries: new Map(deliveries.map((delivery) => [delivery.integration, delivery])),
  };
}

/** The clock may have been set back since. */
const MAX_WAIT_MILLIS = 3_600_000;
