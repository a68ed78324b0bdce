import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { formatEndpoint, parseEndpoint } from '@otelier/transport/endpoint';
import type { ComponentContext } from '../../component/contract.ts';
import type { StatsdConfig } from './config.ts';
import { addLines, type LineSink } from './line-sink.ts';

/** Bytes that the kernel holds of datagrams that are not read yet; at most its own limit. */
const RECEIVE_BUFFER_BYTES = 4 << 20;

/** Receives lines in UDP datagrams. */
export class UdpInput {
  readonly #config: StatsdConfig;
  readonly #sink: LineSink;
  readonly #context: ComponentContext;
  #socket: Socket | undefined;
  #endAnnouncement: () => void = () => {};

  constructor(config: StatsdConfig, sink: LineSink, context: ComponentContext) {
    this.#config = config;
    this.#sink = sink;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { endpoint, transport } = this.#config;
    const target = parseEndpoint(endpoint);
    const { host, port } = target.kind === 'tcp' ? target : { host: '', port: 0 };
    const isVersion6 = transport === 'udp6' || (transport === 'udp' && (host === '' || isIPv6(host)));
    const socket = createSocket({ type: isVersion6 ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ port, ...(host !== '' && { address: host }) }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    const { host: services, id: component, logger } = this.#context;
    socket.on('error', (error) => logger.error({ err: error }, 'cannot receive datagrams'));
    socket.on('message', (message, { address: ip, port: from }) => addLines(message, { ip, port: from }, this.#sink));
    const bound = socket.address();
    const address = formatEndpoint({ kind: 'tcp', host: bound.address, port: bound.port });
    this.#endAnnouncement = services.announce({ component, protocol: 'udp', address });
  }

  async stop(): Promise<void> {
    this.#endAnnouncement();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}
