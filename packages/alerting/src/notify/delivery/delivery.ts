import type { LabelSet } from '../matching/labels.ts';
import type { NotifiedAlert } from '../templates/data.ts';

/** A notification that waits to be delivered. It is on disk before the first attempt. Times are in milliseconds since the epoch. */
export interface Delivery {
  readonly id: string;
  /** Name of the integration: `receiver/webhook[0]`. */
  readonly integration: string;
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: LabelSet;
  readonly routeLabels: LabelSet;
  readonly enqueuedAtMs: number;
  reason: string;
  alerts: readonly DeliveredAlert[];
  /** How long an entry of the notification log is kept. */
  retentionMillis: number;
  attempts: number;
  lastError: string | undefined;
  nextAttemptAtMs: number;
  /** Whether an attempt runs. After a crash, its outcome is unknown. */
  isInFlight: boolean;
  /** Whether an earlier attempt may have been delivered. */
  isOutcomeUnknown: boolean;
}

/** An alert of a delivery. */
export interface DeliveredAlert extends NotifiedAlert {
  readonly fingerprint: string;
  /** Whether no notification has told yet that the alert fires. It is then sent even if it is resolved meanwhile. */
  readonly isNew: boolean;
}

/** Returns what an integration sends of a delivery. */
export function alertsToSend(alerts: readonly DeliveredAlert[], sendsResolved: boolean): readonly DeliveredAlert[] {
  return sendsResolved ? alerts : alerts.filter(({ endsAtMs, isNew }) => endsAtMs === undefined || isNew);
}

/** Returns the time until the next attempt: exponential, with jitter, and at least what the receiver asks for. */
export function backOffMillis(attempts: number, afterMillis: number | undefined, random: () => number): number {
  const interval = Math.min(INITIAL_MILLIS * 2 ** Math.min(attempts - 1, 30), MAX_MILLIS);
  const jittered = interval * (1 - JITTER + random() * 2 * JITTER);
  return Math.max(jittered, Math.min(afterMillis ?? 0, MAX_AFTER_MILLIS));
}

const INITIAL_MILLIS = 1000;
const MAX_MILLIS = 60_000;
const JITTER = 0.25;
/** A receiver can postpone notifications, but not for days. */
const MAX_AFTER_MILLIS = 3_600_000;
