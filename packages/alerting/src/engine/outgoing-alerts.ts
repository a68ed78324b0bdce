import type { Alert } from '../alert.ts';
import type { RuleAlert } from '../rules/alerts.ts';
import type { RuleExpression } from '../rules/rule-file.ts';

/** How long a firing or resolved alert is not sent again, as `--rules.alert.resend-delay` of Prometheus. */
const RESEND_MILLIS = 60_000;

/** Decides which alerts are sent: those that fire or have ended, at once and then every minute. */
export class OutgoingAlerts {
  /** When and in which state alerts were sent, by their labels. */
  readonly #sent = new Map<string, { readonly atMillis: number; readonly resolvedAt: number | undefined }>();

  /** Returns the alerts that are due, and notes that they are sent. */
  take(alerts: Iterable<RuleAlert>, nowMillis: number, convert: (alert: RuleAlert) => Alert): readonly Alert[] {
    const due: Alert[] = [];
    for (const alert of alerts) {
      if (alert.state === 'pending') continue;
      const { key } = alert.labels;
      const last = this.#sent.get(key);
      const isNew = last === undefined || last.resolvedAt !== alert.resolvedAt;
      if (!isNew && last.atMillis + RESEND_MILLIS > nowMillis) continue;
      this.#sent.set(key, { atMillis: nowMillis, resolvedAt: alert.resolvedAt });
      due.push(convert(alert));
    }
    return due;
  }

  /** Forgets alerts that no longer exist. */
  forgetOthers(keys: ReadonlySet<string>): void {
    for (const key of this.#sent.keys()) if (!keys.has(key)) this.#sent.delete(key);
  }
}

/** Converts an alert of a rule. */
export function alertOf(alert: RuleAlert, nowMillis: number, generatorUrl: string): Alert {
  const { labels, annotations, state, value, activeAt, firedAt, resolvedAt } = alert;
  return {
    labels: labels.toObject(),
    annotations: annotations.toObject(),
    startsAtMs: firedAt ?? activeAt,
    endsAtMs: resolvedAt,
    updatedAtMs: nowMillis,
    generatorUrl,
    state: state === 'inactive' ? 'resolved' : state,
    value,
  };
}

/** Returns the URL of the page that shows an expression. */
export function generatorUrl(externalUrl: string, { language, text }: RuleExpression): string {
  return `${externalUrl.replace(/\/$/, '')}/query?${new URLSearchParams({ query: text, lang: language })}`;
}
