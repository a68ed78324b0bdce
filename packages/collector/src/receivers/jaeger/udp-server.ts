import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { ExportHandler } from '@otelier/transport';
import { formatEndpoint, parseEndpoint } from '@otelier/transport/endpoint';
import type { ComponentContext } from '../../component/contract.ts';
import { every } from '../../component/every.ts';
import { MalformedSpansError } from '../../spans/malformed-spans.ts';
import { writeSpans } from '../../spans/write-spans.ts';
import type { ThriftReader } from '../../thrift/thrift-reader.ts';
import type { UdpConfig } from './config.ts';
import { decodeAgentCall } from './decode-thrift.ts';
import { spansOfThrift } from './to-spans.ts';

/** A running UDP server. */
export interface UdpServer {
  readonly address: string;
  shutdown(): Promise<void>;
}

/** Creates the reader of a protocol. */
export type CreateReader = (bytes: Uint8Array) => ThriftReader;

const REPORT_MILLIS = 60_000;
/** Memory that a datagram needs in relation to its size: decoded spans, text and OTLP. */
const MEMORY_FACTOR = 8;

/**
 * Receives the datagrams of Jaeger clients, each a call of `emitBatch`. Senders get no response: spans that the pipeline does
 * not accept are dropped and counted, and datagrams that cannot be decoded are logged once a minute.
 */
export async function openUdpServer(
  config: UdpConfig,
  createReader: CreateReader,
  handler: ExportHandler,
  context: ComponentContext,
): Promise<UdpServer> {
  const socket = await bind(config);
  const receiving = new DatagramReceiver(config, createReader, handler, context);
  socket.on('error', (error) => context.logger.error({ err: error }, 'cannot receive datagrams'));
  socket.on('message', (message) => receiving.receive(message));
  const reports = every(context, REPORT_MILLIS, () => receiving.report());
  await reports.start();
  const { address, port } = socket.address();
  return {
    address: formatEndpoint({ kind: 'tcp', host: address, port }),
    async shutdown() {
      await new Promise<void>((resolve) => socket.close(() => resolve()));
      await reports.shutdown();
      await receiving.idle();
      receiving.report();
    },
  };
}

async function bind({ endpoint, socketBufferSize }: UdpConfig): Promise<Socket> {
  const parsed = parseEndpoint(endpoint);
  const { host, port } = parsed.kind === 'tcp' ? parsed : { host: '', port: 0 };
  const socket = createSocket({
    type: isIPv6(host) || host === '' ? 'udp6' : 'udp4',
    ...(socketBufferSize > 0 && { recvBufferSize: socketBufferSize }),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port, ...(host !== '' && { address: host }) }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  return socket;
}

class DatagramReceiver {
  readonly #config: UdpConfig;
  readonly #createReader: CreateReader;
  readonly #handler: ExportHandler;
  readonly #context: ComponentContext;
  readonly #pending = new Set<Promise<void>>();
  #malformed = 0;
  #reason = '';

  constructor(config: UdpConfig, createReader: CreateReader, handler: ExportHandler, context: ComponentContext) {
    this.#config = config;
    this.#createReader = createReader;
    this.#handler = handler;
    this.#context = context;
  }

  receive(message: Buffer): void {
    const { maxPacketSize, queueSize } = this.#config;
    if (message.length > maxPacketSize) {
      this.#reject(`expected a datagram of at most ${maxPacketSize} bytes, got ${message.length}`);
      return;
    }
    try {
      const call = decodeAgentCall(this.#createReader(message));
      if ('otherMethod' in call) {
        this.#reject(`expected a call of emitBatch, got ${JSON.stringify(call.otherMethod)}`);
        return;
      }
      const { bytes, itemCount } = writeSpans(spansOfThrift(call));
      if (itemCount === 0) return;
      if (this.#pending.size >= queueSize) this.#context.dropped(itemCount, 'queue_full');
      else this.#track(this.#forward(bytes, itemCount, message.length));
    } catch (error) {
      if (!(error instanceof MalformedSpansError)) throw error;
      this.#reject(error.message);
    }
  }

  async idle(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** Logs the datagrams that could not be decoded since the last report. */
  report(): void {
    if (this.#malformed === 0) return;
    this.#context.logger.warn({ datagrams: this.#malformed, reason: this.#reason }, 'cannot decode datagrams');
    this.#malformed = 0;
  }

  #reject(reason: string): void {
    this.#malformed += 1;
    this.#reason = reason;
  }

  #track(forwarding: Promise<void>): void {
    this.#pending.add(forwarding);
    void forwarding.finally(() => this.#pending.delete(forwarding));
  }

  async #forward(body: Uint8Array, itemCount: number, sizeBytes: number): Promise<void> {
    const admission = this.#handler.admit(sizeBytes * MEMORY_FACTOR);
    if ('kind' in admission) {
      this.#context.dropped(itemCount, 'memory_limit');
      return;
    }
    try {
      const outcome = await this.#handler.export({
        ...{ signal: 'traces', encoding: 'protobuf', body, headers: {}, subject: undefined, transport: 'udp' },
      });
      if (outcome.kind === 'retry' || outcome.kind === 'refused') this.#context.dropped(itemCount, 'refused');
    } finally {
      admission.release();
    }
  }
}
