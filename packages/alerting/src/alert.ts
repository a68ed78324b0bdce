/** An alert of a rule, as it is shown and sent. Times are in milliseconds since the epoch. */
export interface Alert {
  /** Labels, among them `alertname`. They identify the alert. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** When the alert fired, or became pending if it does not fire yet. */
  readonly startsAtMs: number;
  /** When the alert was resolved, or until when it is valid without another update; `undefined` without an end. */
  readonly endsAtMs: number | undefined;
  readonly updatedAtMs: number;
  /** URL of a page that shows the expression of the rule. */
  readonly generatorUrl: string;
  readonly state: AlertState;
  /** Value of the expression at the last evaluation. */
  readonly value: number;
}

/** A pending alert waits for the end of the rule's `for`. A resolved one was firing. */
export type AlertState = 'pending' | 'firing' | 'resolved';

/** Receives firing and resolved alerts, such as the notifier. */
export interface AlertSink {
  /**
   * Takes the alerts that have changed, and those that must be repeated because they still fire. Must not throw; what
   * takes long happens afterwards.
   */
  receive(alerts: readonly Alert[], nowMs: number): void;
}
