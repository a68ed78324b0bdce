import { type TracingChannelSubscribers, tracingChannel } from 'node:diagnostics_channel';
import { type Context, context, propagation } from '@opentelemetry/api';
import { type Carrier, carrierOf, isTraced } from './telemetry/carriers.ts';
import type { MessagingCall } from './telemetry/messaging-call.ts';
import type { MessagingOptions } from './telemetry/messaging-options.ts';
import { MessagingTelemetry } from './telemetry/messaging-telemetry.ts';

export type { MessagingOptions } from './telemetry/messaging-options.ts';

/**
 * Instruments `@platformatic/kafka`: messages are sent and received in spans, which are connected by headers (semantic
 * conventions, "Kafka"). It listens to the library's diagnostics channels. Run the code that processes a message in
 * `kafkaContext(message)`. Call the result to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentPlatformaticKafka(options?: MessagingOptions): () => void {
  const telemetry = new MessagingTelemetry('kafka', '@otelier/sdk/platformatic-kafka', options);
  const undo = [
    subscribe<Send>('producer:sends', sendSubscribers(telemetry)),
    subscribe<Receive>('consumer:receives', receiveSubscribers(telemetry)),
  ];
  return () => {
    for (const each of undo) each();
  };
}

/** Returns the context of a message: that of its span, or that of the sender. */
export function kafkaContext(message: { readonly headers: ReadonlyMap<unknown, unknown> }): Context {
  return contexts.get(message) ?? propagation.extract(context.active(), carrierOf(message.headers));
}

function sendSubscribers(telemetry: MessagingTelemetry): Subscribers<Send> {
  const sent = new WeakMap<Send, readonly MessagingCall[]>();
  const originals = new WeakMap<Send, readonly Message[]>();
  return {
    start(event) {
      const { options } = event;
      const calls = new Map<string, MessagingCall>();
      for (const [topic, messages] of Map.groupBy(options.messages, (message) => message.topic)) {
        const own = messages.map(({ headers }) => carrierOf(headers)).filter(isTraced);
        const call = telemetry.send('send', { name: topic }, messages.length, own, keyOf(messages));
        if (call !== undefined) calls.set(topic, call);
      }
      sent.set(event, [...calls.values()]);
      originals.set(event, options.messages);
      options.messages = options.messages.map((message) => {
        const call = calls.get(message.topic);
        if (call === undefined || isTraced(carrierOf(message.headers))) return message;
        return { ...message, headers: withHeaders(message.headers, call.headers(), event.client) };
      });
    },
    asyncStart(event) {
      // The program may use its options again.
      event.options.messages = originals.get(event) ?? event.options.messages;
      for (const call of sent.get(event) ?? []) {
        if (event.error) call.fail(event.error);
        else call.end();
      }
    },
    error(event) {
      for (const call of sent.get(event) ?? []) call.fail(event.error);
    },
  };
}

function receiveSubscribers(telemetry: MessagingTelemetry): Subscribers<Receive> {
  return {
    asyncStart({ client, result }) {
      if (result === undefined) return;
      const { topic, partition, offset, headers } = result;
      const destination = { name: topic, group: client.groupId, partition: String(partition) };
      const attributes = { 'messaging.kafka.offset': Number(offset), ...keyOf([result]) };
      const call = telemetry.receive('receive', destination, [carrierOf(headers)], attributes);
      if (call === undefined) return;
      contexts.set(result, call.context);
      call.end();
    },
  };
}

/** Returns the key of a single message that is a text. */
function keyOf(messages: readonly { readonly key?: unknown }[]): Record<string, string> {
  const [{ key } = {}] = messages;
  const isText = messages.length === 1 && (typeof key === 'string' || Buffer.isBuffer(key));
  return isText ? { 'messaging.kafka.message.key': String(key) } : {};
}

/** Adds headers as texts if the client serializes headers, and as bytes otherwise. */
function withHeaders(headers: Message['headers'], added: Carrier, client: Client): Map<unknown, unknown> {
  const { headerKey, headerValue } = client[optionsSymbol(client)]?.serializers ?? {};
  const all = new Map<unknown, unknown>(headers instanceof Map ? headers : Object.entries(headers ?? {}));
  for (const [name, value] of Object.entries(added)) {
    all.set(headerKey === undefined ? Buffer.from(name) : name, headerValue === undefined ? Buffer.from(value) : value);
  }
  return all;
}

function optionsSymbol(client: Client): symbol {
  const found = Object.getOwnPropertySymbols(client).find(
    ({ description }) => description === 'plt.kafka.base.options',
  );
  return found ?? Symbol('missing');
}

function subscribe<Event extends object>(name: string, subscribers: Subscribers<Event>): () => void {
  const channel = tracingChannel<Event, Event>(`plt:kafka:${name}`);
  const ignore = () => {};
  const all: TracingChannelSubscribers<Event> = {
    ...{ start: ignore, end: ignore, asyncStart: ignore, asyncEnd: ignore, error: ignore },
    ...(subscribers as Partial<TracingChannelSubscribers<Event>>),
  };
  channel.subscribe(all);
  return () => {
    channel.unsubscribe(all);
  };
}

const contexts = new WeakMap<object, Context>();

type Subscribers<Event> = Partial<Record<'start' | 'asyncStart' | 'error', (event: Event) => void>>;

interface Client {
  readonly groupId?: string;
  readonly [options: symbol]: { readonly serializers?: Readonly<Record<string, unknown>> } | undefined;
}

interface Message {
  readonly topic: string;
  readonly key?: unknown;
  readonly headers?: ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>;
}

interface Send {
  readonly client: Client;
  readonly options: { messages: readonly Message[] };
  readonly error?: unknown;
}

interface Receive {
  readonly client: Client;
  readonly result?: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: bigint;
    readonly key?: unknown;
    readonly headers: ReadonlyMap<unknown, unknown>;
  };
}
