import { tenantOfAlert } from '../../tenant-label.ts';
import type { Deliveries } from '../notifier.ts';
import type { Group } from './group.ts';

/** Returns what is not delivered of groups: pending notifications by time, and refused ones. */
export function deliveriesOf(groups: Iterable<Group>): Deliveries {
  const all = [...groups];
  const pending = all.flatMap(({ deliveries, labels }) =>
    [...deliveries.values()].map(
      ({
        id,
        integration,
        groupKey,
        alerts,
        attempts,
        lastError,
        enqueuedAtMs,
        nextAttemptAtMs,
        isInFlight,
        isOutcomeUnknown,
      }) => ({
        ...{ id, integration, groupKey, alerts: alerts.length, attempts, lastError, enqueuedAtMs, isOutcomeUnknown },
        nextAttemptAtMs: isInFlight ? undefined : nextAttemptAtMs,
        tenant: tenantOfAlert(labels),
      }),
    ),
  );
  const failed = all.flatMap(({ log, groupKey, labels }) =>
    [...log].flatMap(([integration, { error, atMs, firing, resolved }]) =>
      error === undefined
        ? []
        : [
            {
              ...{ integration, groupKey, alerts: firing.length + resolved.length, error, failedAtMs: atMs },
              tenant: tenantOfAlert(labels),
            },
          ],
    ),
  );
  return {
    pending: pending.sort((a, b) => a.enqueuedAtMs - b.enqueuedAtMs),
    failed: failed.sort((a, b) => a.failedAtMs - b.failedAtMs),
  };
}
