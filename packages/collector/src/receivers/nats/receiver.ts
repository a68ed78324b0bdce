import type { ConsumerMessages, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Signal } from '@otelier/otlp';
import type { ComponentContext, Receiver, SignalConsumers } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import { every } from '../../component/every.ts';
import { Normalizer } from '../../component/normalize-worker/normalizer.ts';
import type { IncomingMessage } from '../../messages/message.ts';
import { MessageDelivery, signalsOf } from '../../messages/message-delivery.ts';
import { atMost, pause } from '../../messages/wait.ts';
import { connectToNats } from '../../nats/connect.ts';
import { matchesSubject } from '../../nats/subjects.ts';
import { loadDecoders } from '../messages/load-decoders.ts';
import type { NatsReceiverConfig } from './config.ts';

const NANOS_PER_MILLI = 1_000_000;
const MAX_RETRY_MILLIS = 5_000;
const CLOSE_MILLIS = 5_000;
/** Time after which the server delivers messages again that a process could not deliver before it ended. */
const RETURN_MILLIS = 0;

/** A message of the server with what it contains. */
interface Received extends IncomingMessage {
  readonly source: JsMsg;
}

/** Reads the messages of a stream by a durable consumer, and acknowledges them once the pipelines have accepted them. */
export class NatsReceiver implements Receiver {
  readonly #config: NatsReceiverConfig;
  readonly #next: SignalConsumers;
  readonly #context: ComponentContext;
  readonly #signals: readonly Signal[];
  readonly #normalizer: Normalizer;
  /** Aborts when no message is to be received any more. */
  readonly #stopping = new AbortController();
  /** Aborts when deliveries end. */
  readonly #end = new AbortController();
  #running: Promise<void> | undefined;
  #messages: ConsumerMessages | undefined;

  constructor(config: NatsReceiverConfig, next: SignalConsumers, context: ComponentContext) {
    this.#config = config;
    this.#next = next;
    this.#context = context;
    this.#signals = signalsOf(next);
    this.#normalizer = new Normalizer(context.host);
  }

  async start(): Promise<void> {
    const { errorBackoff, headerExtraction, skipRefused, tenant } = this.#config;
    const options = {
      tenant,
      decoders: await loadDecoders(this.#signals, this.#config, {
        normalizer: this.#normalizer,
        clock: this.#context.clock,
      }),
      retry: { initialIntervalMillis: errorBackoff.initialInterval, maxIntervalMillis: errorBackoff.maxInterval },
      skipsExpired: false,
      skipsRefused: skipRefused,
      extracted: headerExtraction.extractHeaders
        ? { headers: headerExtraction.headers, prefix: 'nats.header.' }
        : undefined,
    };
    this.#running = this.#run(new MessageDelivery(this.#next, options, this.#context));
  }

  async drain(deadline: AbortSignal): Promise<void> {
    this.#stopping.abort();
    this.#messages?.stop();
    const end = () => this.#end.abort();
    if (deadline.aborted) end();
    deadline.addEventListener('abort', end, { once: true });
    await this.#running;
    deadline.removeEventListener('abort', end);
    await this.shutdown();
  }

  async shutdown(): Promise<void> {
    this.#stopping.abort();
    this.#end.abort();
    this.#messages?.stop();
    await this.#running;
    await this.#normalizer.close();
  }

  async #run(delivery: MessageDelivery): Promise<void> {
    const { signal } = this.#stopping;
    let delayMillis = 100;
    let isFailing = false;
    while (!signal.aborted) {
      let connection: NatsConnection | undefined;
      try {
        connection = await connectToNats(this.#config, this.#context);
        await this.#consume(connection, delivery, () => {
          if (isFailing) this.#context.logger.info('reading from the server again');
          this.#context.reportStatus(undefined);
          isFailing = false;
          delayMillis = 100;
        });
      } catch (error) {
        if (signal.aborted) break;
        if (!isFailing)
          this.#context.logger.warn({ reason: errorMessage(error) }, 'cannot read from the server, retrying');
        isFailing = true;
        this.#context.reportStatus(`retrying, ${errorMessage(error)}`);
        await pause(this.#context, delayMillis, signal);
        delayMillis = Math.min(delayMillis * 2, MAX_RETRY_MILLIS);
      } finally {
        if (connection !== undefined)
          await atMost(
            this.#context,
            CLOSE_MILLIS,
            connection.drain().catch(() => {}),
          );
      }
    }
  }

  async #consume(connection: NatsConnection, delivery: MessageDelivery, onStarted: () => void): Promise<void> {
    const { jetstream, jetstreamManager } = await import('@nats-io/jetstream');
    const { stream, consumer: name, maxMessages } = this.#config;
    await this.#ensureConsumer(await jetstreamManager(connection));
    const consumer = await jetstream(connection).consumers.get(stream, name);
    const messages = await consumer.consume({ max_messages: maxMessages, abort_on_missing_resource: true });
    this.#messages = messages;
    if (this.#stopping.signal.aborted) messages.stop();
    onStarted();
    const iterator = messages[Symbol.asyncIterator]();
    let next = iterator.next();
    for (;;) {
      const first = await next;
      if (first.done === true) break;
      const received = [first.value];
      // Takes what has arrived already.
      for (next = iterator.next(); received.length < maxMessages; next = iterator.next()) {
        const arrived = await Promise.race([
          next,
          new Promise<undefined>((resolve) => setImmediate(resolve, undefined)),
        ]);
        if (arrived === undefined || arrived.done === true) break;
        received.push(arrived.value);
      }
      await this.#deliver(received, delivery);
    }
    if (!this.#stopping.signal.aborted) throw new Error('the consumer is gone');
  }

  async #ensureConsumer(manager: JetStreamManager): Promise<void> {
    const { stream, consumer, ackWait, maxAckPending, deliverPolicy } = this.#config;
    const { AckPolicy, DeliverPolicy } = await import('@nats-io/jetstream');
    const options = {
      filter_subjects: this.#signals.map((signal) => this.#config[signal].subject),
      ack_wait: ackWait * NANOS_PER_MILLI,
      max_ack_pending: maxAckPending,
    };
    const exists = await manager.consumers.info(stream, consumer).then(
      () => true,
      (error: unknown) => {
        if ((error as { readonly code?: unknown }).code === CONSUMER_NOT_FOUND) return false;
        throw error;
      },
    );
    if (exists) {
      await manager.consumers.update(stream, consumer, options);
      return;
    }
    await manager.consumers.add(stream, {
      ...options,
      durable_name: consumer,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: deliverPolicy === 'new' ? DeliverPolicy.New : DeliverPolicy.All,
    });
  }

  /** Delivers messages, tells the server that they are being worked on, and acknowledges each that is settled. */
  async #deliver(sources: readonly JsMsg[], delivery: MessageDelivery): Promise<void> {
    const messages = sources.flatMap((source) => this.#read(source) ?? []);
    let settled = 0;
    const working = every(this.#context, Math.max(1, this.#config.ackWait / 3), () => {
      for (const { source } of messages.slice(settled)) source.working();
    });
    await working.start();
    try {
      while (settled < messages.length && !this.#end.signal.aborted) {
        const from = settled;
        const { blockedBy } = await delivery.deliver(messages.slice(from), this.#end.signal, (count) => {
          for (const { source } of messages.slice(settled, from + count)) source.ack();
          settled = from + count;
        });
        if (blockedBy === undefined) continue;
        // The server delivers the message again, while others go on.
        messages[settled]?.source.nak(MAX_RETRY_MILLIS);
        settled += 1;
      }
    } finally {
      await working.shutdown();
      for (const { source } of messages.slice(settled)) source.nak(RETURN_MILLIS);
    }
  }

  #read(source: JsMsg): Received | undefined {
    const { subject, headers, data, seq } = source;
    const signal = this.#signals.find((one) => matchesSubject(this.#config[one].subject, subject));
    if (signal === undefined) {
      source.nak(MAX_RETRY_MILLIS);
      return undefined;
    }
    const read: Record<string, string[]> = Object.create(null);
    for (const [name, values] of headers ?? []) {
      // The ID of a message says nothing about its telemetry.
      if (!name.startsWith('Nats-')) read[name.toLowerCase()] = values;
    }
    const place = { 'nats.subject': subject, 'nats.stream': this.#config.stream, 'nats.sequence': seq };
    return { signal, value: data, headers: read, place, source };
  }
}

const CONSUMER_NOT_FOUND = 10_014;
