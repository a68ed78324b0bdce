import type { InhibitRule } from '../config/model.ts';
import type { LabelSet } from '../matching/labels.ts';
import { Inhibitor } from './inhibitor.ts';
import { isResolvedAt, mergeAlerts, type StoredAlert } from './stored-alert.ts';

/** The alerts that were received and are not resolved for long, and which of them suppress others. */
export class AlertStore {
  readonly #alerts = new Map<string, StoredAlert>();
  readonly #inhibitor: Inhibitor;
  readonly #now: () => number;
  readonly #maxAlerts: number;

  constructor(rules: readonly InhibitRule[], now: () => number, maxAlerts: number) {
    this.#maxAlerts = maxAlerts;
    this.#inhibitor = new Inhibitor(rules);
    this.#now = now;
  }

  /** Adds an alert, merged with what is known of it. Returns `undefined` if there is no capacity. */
  set(alert: StoredAlert): StoredAlert | undefined {
    const old = this.#alerts.get(alert.fingerprint);
    if (old === undefined && this.#alerts.size >= this.#maxAlerts) this.removeResolved();
    if (old === undefined && this.#alerts.size >= this.#maxAlerts) return undefined;
    const merged = old === undefined ? alert : mergeAlerts(old, alert, this.#now());
    this.#alerts.set(alert.fingerprint, merged);
    this.#inhibitor.set(merged);
    return merged;
  }

  /** Returns the alerts that fire. */
  firing(): readonly StoredAlert[] {
    const now = this.#now();
    return [...this.#alerts.values()].filter((alert) => !isResolvedAt(alert, now));
  }

  /** Returns the fingerprint of an alert that suppresses one with these labels. */
  inhibitedBy(labels: LabelSet): string | undefined {
    return this.#inhibitor.inhibitedBy(labels, this.#now());
  }

  /** Forgets the alerts that are resolved. Groups keep those that they have not sent yet. */
  removeResolved(): void {
    const now = this.#now();
    for (const alert of this.#alerts.values()) {
      if (!isResolvedAt(alert, now)) continue;
      this.#alerts.delete(alert.fingerprint);
      this.#inhibitor.delete(alert);
    }
  }

  /** Forgets alerts by their labels. */
  remove(isRemoved: (labels: LabelSet) => boolean): void {
    for (const alert of this.#alerts.values()) {
      if (!isRemoved(alert.labels)) continue;
      this.#alerts.delete(alert.fingerprint);
      this.#inhibitor.delete(alert);
    }
  }

  get size(): number {
    return this.#alerts.size;
  }
}
