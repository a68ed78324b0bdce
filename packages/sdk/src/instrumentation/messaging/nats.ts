import { type Context, context, propagation } from '@opentelemetry/api';
import { patch } from '../patch.ts';
import { carrierOf, isTraced } from './telemetry/carriers.ts';
import type { MessagingCall } from './telemetry/messaging-call.ts';
import type { MessagingOptions } from './telemetry/messaging-options.ts';
import { MessagingTelemetry } from './telemetry/messaging-telemetry.ts';

export type { MessagingOptions } from './telemetry/messaging-options.ts';

/** The module `@nats-io/nats-core/internal`, version 3. */
export interface Nats {
  readonly NatsConnectionImpl: { readonly prototype: object };
  readonly QueuedIteratorImpl: { readonly prototype: object };
  /** Creates headers. */
  headers(): NatsHeaders;
}

/** Headers of a message. */
export interface NatsHeaders extends Iterable<[string, string[]]> {
  set(name: string, value: string): void;
  append(name: string, value: string): void;
}

/**
 * Instruments `@nats-io/nats-core`, which `@nats-io/transport-node` and JetStream use: messages are published and
 * processed in spans, which are connected by headers (semantic conventions, "Messaging"). A publication of JetStream is a
 * request. The callback of a subscription runs in the span's context; a loop over messages has a span for each turn,
 * whose context `natsContext` returns. Call the result to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentNats(nats: Nats, options?: MessagingOptions): () => void {
  const telemetry = new MessagingTelemetry('nats', '@otelier/sdk/nats', options);
  const connection = nats.NatsConnectionImpl.prototype as Connection;
  const { isInternal, learn } = internalSubjects();
  /** A request publishes before it returns. */
  let isRequest = false;
  const send = (operation: string, subject: string, sent: PublishOptions | undefined) => {
    if (isRequest || isInternal(subject)) return undefined;
    const carrier = carrierOf(sent?.headers);
    const call = telemetry.send(operation, { name: subject }, 1, isTraced(carrier) ? [carrier] : []);
    return call && { call, options: isTraced(carrier) ? sent : { ...sent, headers: withHeaders(nats, sent, call) } };
  };
  const undo = [
    patch(
      connection,
      'publish',
      (publish) =>
        function (this: Connection, subject, data, given) {
          learn(this);
          const sent = send('publish', subject, given);
          if (sent === undefined) return publish.call(this, subject, data, given);
          return sent.call.run(() => publish.call(this, subject, data, sent.options));
        },
    ),
    ...(['request', 'requestMany'] as const).map((name) =>
      patch(
        connection,
        name,
        (request) =>
          function (this: Connection, subject, data, given) {
            learn(this);
            const sent = send('request', subject, given);
            if (sent === undefined) return request.call(this, subject, data, given);
            isRequest = true;
            try {
              return sent.call.run(() => request.call(this, subject, data, sent.options));
            } finally {
              isRequest = false;
            }
          },
      ),
    ),
    patch(
      connection,
      'subscribe',
      (subscribe) =>
        function (this: Connection, subject, given) {
          learn(this);
          const callback = given?.callback;
          if (callback === undefined) return subscribe.call(this, subject, given);
          // Messages of JetStream arrive at an inbox.
          const inSpan = isInternal(subject) ? inContextOfSender(callback) : withSpan(callback, telemetry);
          return subscribe.call(this, subject, { ...given, callback: inSpan });
        },
    ),
    patch(
      nats.QueuedIteratorImpl.prototype as QueuedIterator,
      'iterate',
      (iterate) =>
        async function* (this: QueuedIterator) {
          for await (const message of iterate.call(this)) {
            const call = isMessage(message, isInternal) ? processOf(message, telemetry) : undefined;
            if (call !== undefined) contexts.set(message as Message, call.context);
            try {
              yield message;
            } finally {
              call?.end();
            }
          }
        },
    ),
  ];
  return () => {
    for (const each of undo) each();
  };
}

/** Returns the context of a message: that of its span in a loop over messages, or that of the sender. */
export function natsContext(message: { readonly headers?: Iterable<[string, string[]]> | undefined }): Context {
  return contexts.get(message) ?? propagation.extract(context.active(), carrierOf(message.headers));
}

function withSpan(callback: Callback, telemetry: MessagingTelemetry): Callback {
  return (error, message) => {
    const call = error || !message ? undefined : processOf(message, telemetry);
    return call === undefined ? callback(error, message) : call.run(() => callback(error, message));
  };
}

function inContextOfSender(callback: Callback): Callback {
  return (error, message) =>
    error || !message ? callback(error, message) : context.with(natsContext(message), () => callback(error, message));
}

function processOf({ subject, headers, info }: Message, telemetry: MessagingTelemetry): MessagingCall | undefined {
  const carrier = carrierOf(headers);
  const attributes = info === undefined ? {} : { 'nats.stream': info.stream, 'nats.sequence': info.streamSequence };
  return telemetry.process('process', { name: subject, group: info?.consumer }, [carrier], false, attributes);
}

/** Reports whether an iterator has yielded a message that is not the response to a request. */
function isMessage(value: unknown, isInternal: (subject: string) => boolean): value is Message {
  const { subject, data } = Object(value) as Partial<Message>;
  return typeof subject === 'string' && data instanceof Uint8Array && !isInternal(subject);
}

/** Recognizes inboxes of responses and the subjects of JetStream's own messages. `learn` notes the inboxes of a connection. */
function internalSubjects() {
  const prefixes = new Set<string>();
  return {
    learn({ options }: Connection): void {
      if (options?.inboxPrefix) prefixes.add(`${options.inboxPrefix}.`);
    },
    isInternal(subject: string): boolean {
      if (INTERNAL.test(subject)) return true;
      for (const prefix of prefixes) if (subject.startsWith(prefix)) return true;
      return false;
    },
  };
}

/** Copies the headers, because the program may use them again. */
function withHeaders(nats: Nats, sent: PublishOptions | undefined, call: MessagingCall): NatsHeaders {
  const headers = nats.headers();
  for (const [name, values] of sent?.headers ?? []) for (const value of values) headers.append(name, value);
  for (const [name, value] of Object.entries(call.headers())) headers.set(name, value);
  return headers;
}

const INTERNAL = /^(?:_INBOX\.|\$JS\.|\$SYS\.)/;
const contexts = new WeakMap<object, Context>();

interface Message {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: NatsHeaders | undefined;
  /** Only of JetStream. */
  readonly info?: { readonly stream: string; readonly consumer: string; readonly streamSequence: number };
}

interface PublishOptions {
  readonly headers?: NatsHeaders | undefined;
}

type Callback = (error: unknown, message: Message | undefined) => unknown;
type Send = (this: Connection, subject: string, data?: unknown, options?: PublishOptions) => unknown;

interface Connection {
  readonly options?: { readonly inboxPrefix?: string };
  publish: Send;
  request: Send;
  requestMany: Send;
  subscribe(this: Connection, subject: string, options?: { readonly callback?: Callback }): unknown;
}

interface QueuedIterator {
  iterate(): AsyncGenerator<unknown>;
}
