import type { Alert } from '../../alert.ts';
import { fingerprintOf, type LabelSet } from '../matching/labels.ts';

/** An alert that was received. Times are in milliseconds since the epoch. */
export interface StoredAlert {
  readonly fingerprint: string;
  readonly labels: LabelSet;
  readonly annotations: LabelSet;
  readonly startsAtMs: number;
  /** From when on the alert is resolved, unless it is received again. */
  readonly endsAtMs: number;
  readonly updatedAtMs: number;
  /** Whether the end is a timeout, because the sender gave none. */
  readonly isTimeout: boolean;
  readonly generatorUrl: string;
}

/** Returns an alert of a rule as it is stored; `undefined` while it is pending. */
export function fromAlert(alert: Alert, nowMs: number, resolveTimeoutMillis: number): StoredAlert | undefined {
  if (alert.state === 'pending') return undefined;
  const end = alert.endsAtMs ?? (alert.state === 'resolved' ? nowMs : undefined);
  return {
    fingerprint: fingerprintOf(alert.labels),
    labels: alert.labels,
    annotations: alert.annotations,
    startsAtMs: alert.startsAtMs,
    endsAtMs: end ?? nowMs + resolveTimeoutMillis,
    updatedAtMs: nowMs,
    isTimeout: end === undefined,
    generatorUrl: alert.generatorUrl,
  };
}

export function isResolvedAt({ endsAtMs }: StoredAlert, timeMs: number): boolean {
  return endsAtMs <= timeMs;
}

/** Merges an alert with a newer one of the same labels, whose time ranges overlap, as Alertmanager does. */
export function mergeAlerts(old: StoredAlert, alert: StoredAlert, nowMs: number): StoredAlert {
  const overlaps =
    (alert.endsAtMs > old.startsAtMs && alert.endsAtMs < old.endsAtMs) ||
    (alert.startsAtMs > old.startsAtMs && alert.startsAtMs < old.endsAtMs);
  if (!overlaps) return alert;
  const startsAtMs = Math.min(old.startsAtMs, alert.startsAtMs);
  return { ...alert, startsAtMs, endsAtMs: mergedEnd(old, alert, nowMs) };
}

function mergedEnd(old: StoredAlert, alert: StoredAlert, nowMs: number): number {
  if (old.endsAtMs <= alert.endsAtMs) return alert.endsAtMs;
  // The latest explicit end of a resolved alert counts, and a later end of a firing one that is no timeout.
  if (isResolvedAt(alert, nowMs)) return isResolvedAt(old, nowMs) ? old.endsAtMs : alert.endsAtMs;
  return old.isTimeout ? alert.endsAtMs : old.endsAtMs;
}
