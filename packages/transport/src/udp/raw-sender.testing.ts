import { createSocket } from 'node:dgram';
import type { ExportServer } from '../contract.ts';
import { cutMessage } from './cut-message.ts';
import { type MessageHeader, readDatagram } from './datagram.ts';
import { messageCheck, type SharedKey } from './integrity.ts';
import { parseUdpEndpoint } from './socket.ts';
import { type Writer, writeFragment } from './write-datagram.ts';

/** A sender that sends exactly what the test specifies, whether valid or not. */
export interface RawSender {
  readonly writer: Writer;
  readonly port: number;
  /** Received datagrams, oldest first. */
  readonly responses: readonly Buffer[];
  readonly sentBytes: number;
  readonly respondedBytes: number;
  /** Sends datagrams unchanged, with pauses in which the server reads. */
  send(...datagrams: readonly Uint8Array[]): Promise<void>;
  /** Returns the datagrams of a message, numbered from `sequence`. */
  datagramsOf(body: Uint8Array, message: number, sequence: number, more?: Partial<MessageHeader>): Buffer[];
  close(): Promise<void>;
}

/** Options for `openRawSender`. */
export interface RawSenderOptions {
  readonly address?: string;
  readonly session?: string;
  readonly key?: SharedKey;
}

/** Minimum size of the kernel's receive buffer. */
const AT_ONCE = 30;

/** Opens a raw sender. */
export async function openRawSender(server: ExportServer, options: RawSenderOptions = {}): Promise<RawSender> {
  const { host, port } = parseUdpEndpoint(server.address);
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, options.address ?? '127.0.0.1', resolve));
  const responses: Buffer[] = [];
  socket.on('message', (bytes) => responses.push(bytes));
  const writer: Writer = { session: options.session ?? 'session1', key: options.key };
  let sentBytes = 0;
  return {
    writer,
    port: socket.address().port,
    responses,
    get sentBytes() {
      return sentBytes;
    },
    get respondedBytes() {
      return responses.reduce((sum, { length }) => sum + length, 0);
    },
    async send(...datagrams) {
      for (const [index, bytes] of datagrams.entries()) {
        sentBytes += bytes.length;
        socket.send(bytes, port, host, () => {});
        if (index % AT_ONCE === AT_ONCE - 1) await turns();
      }
      await turns();
    },
    datagramsOf(body, message, sequence, more = {}) {
      const header: MessageHeader = {
        signal: 'traces',
        encoding: 'protobuf',
        compression: 'none',
        length: body.length,
        fragmentCount: Math.max(1, Math.ceil(body.length / 1000)),
        groupSize: 0,
        check: messageCheck(body),
        ...more,
      };
      return [...cutMessage({ header, body })].map((contents, index) =>
        writeFragment(writer, sequence + index, message, header, contents),
      );
    },
    close: () => new Promise((resolve) => socket.close(resolve)),
  };
}

/** Returns the kinds of the received datagrams. */
export function kindsOf(responses: readonly Buffer[], key?: SharedKey): string[] {
  return responses.map((bytes) => {
    const datagram = readDatagram(bytes, key);
    return typeof datagram === 'string' ? datagram : datagram.kind;
  });
}

/** Waits for a condition, which must become true within two minutes. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`expected ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Yields to the event loop, so that the sockets of this process are read. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
