import { TENANT_LABEL } from '../../tenant-label.ts';
import type { InhibitRule } from '../config/model.ts';
import type { LabelSet } from '../matching/labels.ts';
import { labelValue, matchesAll } from '../matching/matcher.ts';
import { isResolvedAt, type StoredAlert } from './stored-alert.ts';

/** Knows which alerts suppress others by the rules of a configuration. */
export class Inhibitor {
  readonly #rules: readonly InhibitRule[];
  /** For each rule, its source alerts by the values of the labels that must be equal. */
  readonly #sources: readonly Map<string, Map<string, StoredAlert>>[];

  constructor(rules: readonly InhibitRule[]) {
    this.#rules = rules;
    this.#sources = rules.map(() => new Map());
  }

  /** Adds an alert or its new state. */
  set(alert: StoredAlert): void {
    for (const [index, rule] of this.#rules.entries()) {
      if (!matchesAll(rule.source, alert.labels)) continue;
      const sources = this.#sources[index];
      const key = keyOf(rule, alert.labels);
      const alerts = sources?.get(key) ?? new Map<string, StoredAlert>();
      sources?.set(key, alerts.set(alert.fingerprint, alert));
    }
  }

  delete(alert: StoredAlert): void {
    for (const [index, rule] of this.#rules.entries()) {
      const sources = this.#sources[index];
      const key = keyOf(rule, alert.labels);
      const alerts = sources?.get(key);
      if (alerts?.delete(alert.fingerprint) === true && alerts.size === 0) sources?.delete(key);
    }
  }

  /** Returns the fingerprint of an alert that suppresses one with these labels. */
  inhibitedBy(labels: LabelSet, nowMs: number): string | undefined {
    for (const [index, rule] of this.#rules.entries()) {
      if (!matchesAll(rule.target, labels)) continue;
      const alerts = this.#sources[index]?.get(keyOf(rule, labels));
      if (alerts === undefined) continue;
      // An alert that is source and target at once is not suppressed by another such one, nor by itself.
      const isSource = matchesAll(rule.source, labels);
      for (const source of alerts.values()) {
        if (isResolvedAt(source, nowMs) || (isSource && matchesAll(rule.target, source.labels))) continue;
        return source.fingerprint;
      }
    }
    return undefined;
  }
}

function keyOf({ equal }: InhibitRule, labels: LabelSet): string {
  // An alert suppresses none of another tenant.
  return JSON.stringify([...equal, TENANT_LABEL].map((name) => labelValue(labels, name)));
}
