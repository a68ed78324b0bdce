import type { NotificationData } from '../templates/data.ts';

/** A notification that an integration sends. */
export interface Notification {
  /** Identifies the notification through all attempts. */
  readonly id: string;
  /** Whether an earlier attempt may have been delivered, because its outcome is unknown. */
  readonly isRepeated: boolean;
  readonly data: NotificationData;
}

/** The result of an attempt to send. Texts contain no secrets. */
export type SendResult =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'retry';
      readonly error: string;
      /** How long the receiver asks to wait. */
      readonly afterMillis: number | undefined;
      /** Whether the receiver may have processed the notification. */
      readonly isOutcomeUnknown: boolean;
    }
  /** Another attempt would fail in the same way. */
  | { readonly kind: 'failed'; readonly error: string };

/** Sends notifications to one destination. */
export interface Integration {
  /** Sends once. An abort is a result, whose outcome is unknown if the request may have been received. */
  send(notification: Notification, signal: AbortSignal): Promise<SendResult>;
}

/** Tells readers of a message that it may be a copy. */
export const REPEATED_TEXT = 'Repeated: the outcome of an earlier attempt is unknown';
