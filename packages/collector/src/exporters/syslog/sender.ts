import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { ACCEPTED, type Batch, forEachLogRecord, type Outcome } from '@otelier/otlp';
import type { ClientTlsOptions } from '@otelier/transport';
import type { Endpoint } from '@otelier/transport/endpoint';
import { type ClientTls, createClientTls } from '@otelier/transport/tls';
import type { Sender } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import {
  createRequestSender,
  type EncodedBatch,
  type OutgoingRequest,
} from '../../component/sending/request-sender.ts';
import { unreachableOutcome } from '../../component/sending/unreachable.ts';
import { connectSocket } from '../../component/sockets/connect-socket.ts';
import { type MessageOptions, syslogMessage } from './message.ts';

/** Options for `createSyslogSender`. */
export interface SyslogSenderOptions {
  readonly network: 'tcp' | 'udp' | 'unix';
  readonly endpoint: Endpoint;
  /** `undefined` to send without TLS. */
  readonly tls: ClientTlsOptions | undefined;
  readonly message: MessageOptions;
}

/** Messages that are sent at once: all of a batch over a connection, one in a datagram. */
interface MessagesRequest extends OutgoingRequest {
  readonly bytes: Uint8Array;
}

const CONNECT_MILLIS = 10_000;
/** Time that a server has to close the connection, which shows that it has read everything. */
const CLOSE_MILLIS = 1000;

/** Creates a sender that sends batches as messages of syslog. The protocol has no acknowledgments. */
export function createSyslogSender({ network, endpoint, tls, message }: SyslogSenderOptions): Sender {
  const transport = network === 'udp' ? new Datagrams(endpoint) : new Connections(endpoint, tls);
  return createRequestSender<MessagesRequest>({
    client: transport,
    encode: (batch) => encode(batch, message, network !== 'udp'),
    send: ({ bytes }, _batch, abort) => transport.send(bytes, abort),
  });
}

function encode({ parts }: Batch, options: MessageOptions, isStream: boolean): EncodedBatch<MessagesRequest> {
  const messages: string[] = [];
  for (const part of parts) forEachLogRecord(part, (record) => messages.push(syslogMessage(record, options)));
  const texts = isStream ? [messages.join('')] : messages;
  const itemCount = isStream ? messages.length : 1;
  return {
    requests: messages.length === 0 ? [] : texts.map((text) => ({ itemCount, bytes: Buffer.from(text) })),
    rejectedItems: 0,
    reason: '',
  };
}

/** Sends each batch over a connection of its own, as the Collector does. */
class Connections {
  readonly #endpoint: Endpoint;
  readonly #options: ClientTlsOptions | undefined;
  readonly #abort = new AbortController();
  #tls: ClientTls | undefined;

  constructor(endpoint: Endpoint, options: ClientTlsOptions | undefined) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  start(): void {
    this.#tls = this.#options && createClientTls(this.#options);
  }

  close(): void {
    this.#abort.abort();
  }

  async send(bytes: Uint8Array, abort: AbortSignal): Promise<Outcome> {
    const signal = AbortSignal.any([abort, this.#abort.signal]);
    try {
      const target = { endpoint: this.#endpoint, tls: this.#tls, connectMillis: CONNECT_MILLIS };
      const socket = await connectSocket(target, signal);
      const stop = () => socket.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      signal.addEventListener('abort', stop, { once: true });
      try {
        // The server may have closed the connection before it has read everything.
        const failed = new Promise<never>((_, reject) => socket.once('error', reject));
        failed.catch(() => {});
        socket.resume();
        await Promise.race([new Promise<void>((resolve) => void socket.write(bytes, () => resolve())), failed]);
        await Promise.race([assertOpen(socket), failed]);
        socket.setTimeout(CLOSE_MILLIS, () => socket.destroy());
        socket.end();
        await Promise.race([once(socket, 'close'), failed]);
      } finally {
        signal.removeEventListener('abort', stop);
        socket.destroy();
      }
      return ACCEPTED;
    } catch (error) {
      return unreachableOutcome(error, abort);
    }
  }
}

/** Rejects if the server has closed a connection that is still open here: it has stopped, and may have read nothing. */
async function assertOpen(socket: Socket): Promise<void> {
  // What has come by now is read in the next turn.
  await setImmediate();
  await setImmediate();
  if (socket.readableEnded || socket.destroyed) throw new Error('the server has closed the connection');
}

/** Sends datagrams. */
class Datagrams {
  readonly #host: string;
  readonly #port: number;
  #socket: UdpSocket | undefined;

  constructor(endpoint: Endpoint) {
    this.#host = endpoint.kind === 'tcp' ? endpoint.host : '';
    this.#port = endpoint.kind === 'tcp' ? endpoint.port : 0;
  }

  start(): void {
    this.#socket = createSocket(isIPv6(this.#host) ? 'udp6' : 'udp4');
    // Errors are those of the calls. The socket keeps no process alive.
    this.#socket.on('error', () => {}).unref();
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  send(bytes: Uint8Array, abort: AbortSignal): Promise<Outcome> {
    const socket = this.#socket;
    if (socket === undefined || abort.aborted)
      return Promise.resolve({ kind: 'retry', afterMillis: undefined, reason: 'the exporter is not running' });
    return new Promise((resolve) => {
      socket.send(bytes, this.#port, this.#host, (error) => {
        if (error === null) resolve(ACCEPTED);
        else if ('code' in error && error.code === 'EMSGSIZE')
          resolve({ kind: 'refused', reason: `expected a message that fits into a datagram: ${errorMessage(error)}` });
        else resolve(unreachableOutcome(error, abort));
      });
    });
  }
}
