import type { RuleAlert } from '../rules/alerts.ts';

/** A time during which an alert would have fired. Times are in milliseconds since the epoch. */
export interface TrialFiring {
  readonly labels: Readonly<Record<string, string>>;
  /** As they were when the alert fired. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
  readonly activeAtMillis: number;
  readonly firedAtMillis: number;
  /** `undefined` if the alert still fires at the end. */
  readonly resolvedAtMillis?: number;
}

type Firing = { -readonly [K in keyof TrialFiring]: TrialFiring[K] };

/** Maximum number of firings that are kept. */
const MAX_FIRINGS = 500;

/** Records when alerts fire, from their states after each evaluation. */
export class FiringLog {
  readonly #firings: Firing[] = [];
  /** Firing alerts by their labels; `undefined` for those that are not listed. */
  readonly #open = new Map<string, Firing | undefined>();
  #pending = new Set<string>();
  #firingCount = 0;
  #pendingCount = 0;

  observe(alerts: readonly RuleAlert[]): void {
    const pending = new Set<string>();
    for (const alert of alerts) {
      const { key } = alert.labels;
      if (alert.state === 'pending') pending.add(key);
      if (alert.state === 'firing') this.#fire(key, alert);
      else this.#end(key, alert.resolvedAt);
      if (alert.state !== 'inactive') this.#pending.delete(key);
    }
    // What is left was pending before, and neither fires now nor is pending.
    this.#pendingCount += this.#pending.size;
    this.#pending = pending;
  }

  report(): { readonly firings: readonly TrialFiring[]; readonly firingCount: number; readonly pendingCount: number } {
    return { firings: this.#firings, firingCount: this.#firingCount, pendingCount: this.#pendingCount };
  }

  #fire(key: string, { labels, annotations, value, activeAt, firedAt = activeAt }: RuleAlert): void {
    if (this.#open.has(key)) return;
    this.#firingCount += 1;
    if (this.#firings.length >= MAX_FIRINGS) {
      this.#open.set(key, undefined);
      return;
    }
    const firing = {
      labels: labels.toObject(),
      annotations: annotations.toObject(),
      ...{ value, activeAtMillis: activeAt, firedAtMillis: firedAt },
    };
    this.#firings.push(firing);
    this.#open.set(key, firing);
  }

  #end(key: string, resolvedAt: number | undefined): void {
    const firing = this.#open.get(key);
    this.#open.delete(key);
    if (firing !== undefined && resolvedAt !== undefined) firing.resolvedAtMillis = resolvedAt;
  }
}
