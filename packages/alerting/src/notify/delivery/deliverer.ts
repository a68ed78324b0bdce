import type { Clock } from '@otelier/transport/clock';
import type { IntegrationConfig } from '../config/model.ts';
import type { NotifierEvent } from '../event.ts';
import { type Group, recordOf } from '../groups/group.ts';
import type { LogEntry } from '../groups/needs-notification.ts';
import { errorMessage } from '../receivers/error-message.ts';
import type { Integration, SendResult } from '../receivers/integration.ts';
import { Attempts } from './attempts.ts';
import { alertsToSend, backOffMillis, type DeliveredAlert, type Delivery } from './delivery.ts';

/** An integration of a receiver. */
export interface NamedIntegration {
  readonly config: IntegrationConfig;
  readonly receiver: string;
  readonly send: Integration['send'];
}

/** Options for `Deliverer`. */
export interface DelivererOptions {
  readonly integrations: ReadonlyMap<string, NamedIntegration>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly externalUrl: string;
  readonly log: (event: NotifierEvent) => void;
  /** Called when the state of a group must be read from memory again, because a flush had to wait. */
  readonly flush: (group: Group) => void;
}

/** Maximum time of an attempt, unless the configuration says otherwise. */
const TIMEOUT_MILLIS = 30_000;
/** How long attempts in flight may take when the notifier is closed. */
const CLOSE_MILLIS = 3_000;
/** Groups whose state is written at once. */
const MAX_SAVING = 4;
/** Between two reports that the state cannot be written. */
const REPORT_MILLIS = 60_000;

/** Attempts deliveries until the receiver has taken or refused them. Each step is on disk before the next one. */
export class Deliverer {
  readonly #options: DelivererOptions;
  readonly #attempts: Attempts;
  readonly #closing = new AbortController();
  /** Groups whose state is written when others are. */
  readonly #unsaved = new Set<Group>();
  #saving = 0;
  #isClosed = false;
  #reportedAtMillis = Number.NEGATIVE_INFINITY;

  constructor(options: DelivererOptions) {
    this.#options = options;
    this.#attempts = new Attempts(options.clock);
  }

  /** Attempts a delivery at its time. */
  schedule(group: Group, delivery: Delivery): void {
    const { integration } = delivery;
    const wait = Math.max(0, delivery.nextAttemptAtMs - this.#options.clock.now());
    this.#attempts.schedule({ integration, run: () => this.#attempt(group, delivery) }, wait);
  }

  /** Writes the state of a group soon. A notification that depends on it writes it before. */
  saveLater(group: Group): void {
    this.#unsaved.add(group);
    if (this.#saving < MAX_SAVING) void this.#saveUnsaved();
  }

  async #saveUnsaved(): Promise<void> {
    this.#saving += 1;
    // Changes of the same moment are one write.
    await undefined;
    for (const group of this.#unsaved) await this.save(group);
    this.#saving -= 1;
  }

  /** Writes the state of a group. Resolves also if that fails, which is reported. */
  async save(group: Group): Promise<void> {
    this.#unsaved.delete(group);
    try {
      await group.file.write(recordOf(group));
    } catch (error) {
      const now = this.#options.clock.monotonic();
      if (now - this.#reportedAtMillis < REPORT_MILLIS) return;
      this.#reportedAtMillis = now;
      const fields = { error: errorMessage(error) };
      this.#options.log({ level: 'error', message: 'state of alerts cannot be written', fields });
    }
  }

  /** Waits for attempts in flight, and aborts them after a time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const cancel = this.#options.clock.setTimeout(() => this.#closing.abort(), CLOSE_MILLIS);
    await this.#attempts.close();
    cancel();
    await this.#saveUnsaved();
  }

  async #attempt(group: Group, delivery: Delivery): Promise<void> {
    const integration = this.#options.integrations.get(delivery.integration);
    if (group.deliveries.get(delivery.integration) !== delivery || integration === undefined || this.#isClosed) return;
    const { alerts } = delivery;
    const sent = alertsToSend(alerts, integration.config.sendsResolved);
    let result: SendResult = { kind: 'delivered' };
    if (sent.length > 0) {
      delivery.isInFlight = true;
      delivery.attempts += 1;
      await this.save(group);
      result = await this.#send(integration, delivery, sent);
      delivery.isInFlight = false;
    }
    this.#settle(group, delivery, alerts, result);
    await this.save(group);
    if (group.isFlushNeeded && !this.#isClosed) {
      group.isFlushNeeded = false;
      this.#options.flush(group);
    }
  }

  async #send(
    integration: NamedIntegration,
    delivery: Delivery,
    alerts: readonly DeliveredAlert[],
  ): Promise<SendResult> {
    const { clock, externalUrl } = this.#options;
    const { id, isOutcomeUnknown: isRepeated, receiver, reason, groupKey, groupLabels, routeLabels } = delivery;
    const data = { receiver, alerts, reason, groupLabels, routeLabels, groupKey, externalUrl, nowMillis: clock.now() };
    const timeout = new AbortController();
    const configured = integration.config.kind === 'email' ? 0 : integration.config.timeoutMillis;
    const cancel = clock.setTimeout(() => timeout.abort(), configured || TIMEOUT_MILLIS);
    try {
      const signal = AbortSignal.any([timeout.signal, this.#closing.signal]);
      return await integration.send({ id, isRepeated, data }, signal);
    } catch (error) {
      return { kind: 'retry', error: errorMessage(error), afterMillis: undefined, isOutcomeUnknown: true };
    } finally {
      cancel();
    }
  }

  /** Notes the result of an attempt. */
  #settle(group: Group, delivery: Delivery, alerts: readonly DeliveredAlert[], result: SendResult): void {
    const { clock, random, log } = this.#options;
    const { integration, attempts } = delivery;
    const fields = { integration, group: delivery.groupKey, attempts };
    if (result.kind === 'retry') {
      const wait = backOffMillis(attempts, result.afterMillis, random);
      delivery.nextAttemptAtMs = clock.now() + wait;
      delivery.isOutcomeUnknown ||= result.isOutcomeUnknown;
      if (delivery.lastError !== result.error) {
        log({ level: 'warn', message: 'notification failed, retrying', fields: { ...fields, error: result.error } });
      }
      delivery.lastError = result.error;
      this.schedule(group, delivery);
      return;
    }
    group.deliveries.delete(integration);
    const entry = entryOf(alerts, clock.now(), delivery.retentionMillis);
    if (result.kind === 'delivered') {
      group.log.set(integration, entry);
      if (attempts > 1) log({ level: 'info', message: 'notification delivered', fields });
    } else {
      group.log.set(integration, { ...entry, error: result.error });
      log({ level: 'error', message: 'notification failed', fields: { ...fields, error: result.error } });
    }
  }
}

function entryOf(alerts: readonly DeliveredAlert[], nowMs: number, retentionMillis: number): LogEntry {
  const withEnd = (isResolved: boolean) =>
    alerts.filter(({ endsAtMs }) => (endsAtMs !== undefined) === isResolved).map(({ fingerprint }) => fingerprint);
  return { firing: withEnd(false), resolved: withEnd(true), atMs: nowMs, expiresAtMs: nowMs + retentionMillis };
}
