import type { AlertSink } from '../alert.ts';
import type { AlertmanagerConfig, ReceiverConfig } from './config/model.ts';
import type { StoredAlert } from './groups/stored-alert.ts';
import type { LabelSet } from './matching/labels.ts';
import type { Route } from './routing/route.ts';
import type { Silence, SilenceInput } from './silences/silence.ts';

/** Groups alerts and notifies receivers of them, as Alertmanager does. */
export interface Notifier extends AlertSink {
  readonly config: AlertmanagerConfig;
  /** When it started, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly silences: {
    list(): readonly Silence[];
    get(id: string): Silence | undefined;
    /** Creates or changes a silence and returns its ID. Rejects with a `SilenceError`. */
    create(input: SilenceInput): Promise<string>;
    /** Ends a silence. Rejects with a `SilenceError` if it is unknown. */
    expire(id: string): Promise<void>;
  };
  /** Takes alerts that a client posts. Returns how many there is no capacity for. */
  post(alerts: readonly PostedAlert[]): number;
  /** Returns the alerts that fire now, by fingerprint. */
  alerts(): readonly AlertStatus[];
  /** Returns the groups of alerts that fire now. */
  groups(): readonly AlertGroup[];
  /** Returns the routes that take an alert. */
  routesOf(labels: LabelSet): readonly Route[];
  receivers(): readonly ReceiverConfig[];
  deliveries(): Deliveries;
  /** Forgets the alerts, notifications and silences of a tenant. Resolves when that is durable. */
  removeTenant(tenant: string): Promise<void>;
  /** Waits for attempts in flight, ends them after a time, and waits until the state is on disk. */
  close(): Promise<void>;
}

/** An alert that a client posts. Times are in milliseconds since the epoch. */
export interface PostedAlert {
  readonly labels: LabelSet;
  readonly annotations: LabelSet;
  readonly startsAtMs: number | undefined;
  readonly endsAtMs: number | undefined;
  readonly generatorUrl: string;
}

/** An alert with what suppresses it. */
export interface AlertStatus {
  readonly alert: StoredAlert;
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
  /** Names of the receivers of its routes. */
  readonly receivers: readonly string[];
}

/** Alerts that are sent together. */
export interface AlertGroup {
  readonly labels: LabelSet;
  readonly routeLabels: LabelSet;
  readonly receiver: string;
  /** Time intervals that mute the group. */
  readonly mutedBy: readonly string[];
  readonly alerts: readonly AlertStatus[];
}

/** Notifications that have not been delivered. */
export interface Deliveries {
  readonly pending: readonly PendingDelivery[];
  readonly failed: readonly FailedDelivery[];
}

/** A notification that is attempted again. Times are in milliseconds since the epoch. */
export interface PendingDelivery {
  readonly id: string;
  readonly integration: string;
  readonly groupKey: string;
  readonly alerts: number;
  readonly attempts: number;
  readonly lastError: string | undefined;
  readonly enqueuedAtMs: number;
  /** When the next attempt begins; `undefined` while one runs. */
  readonly nextAttemptAtMs: number | undefined;
  /** Whether the next attempt is marked as repeated. */
  readonly isOutcomeUnknown: boolean;
  /** The tenant that owns the alerts. */
  readonly tenant: string;
}

/** A notification that the receiver refused. It is attempted again when the group changes or its repeat interval ends. */
export interface FailedDelivery {
  readonly integration: string;
  readonly groupKey: string;
  readonly alerts: number;
  readonly error: string;
  readonly failedAtMs: number;
  readonly tenant: string;
}
