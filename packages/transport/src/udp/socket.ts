import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { EndpointError, formatEndpoint, parseEndpoint } from '../endpoint.ts';
import { listenError } from '../server/listen.ts';

/** A bound socket. */
export interface UdpSocket {
  /** Address with the actual port: `127.0.0.1:4316`. */
  readonly address: string;
  onDatagram(take: (bytes: Buffer, from: RemoteInfo) => void): void;
  /** Sends a datagram without waiting for the result. */
  send(bytes: Uint8Array, port: number, address: string): void;
  close(): Promise<void>;
}

/** Options for `bindUdp`. */
export interface BindOptions {
  readonly reusePort: boolean;
  readonly receiveBufferBytes: number;
}

/** Parses the host and port of a UDP endpoint. Throws `EndpointError`. */
export function parseUdpEndpoint(endpoint: string): { readonly host: string; readonly port: number } {
  const target = parseEndpoint(endpoint);
  if (target.kind === 'tcp') return target;
  throw new EndpointError(`endpoint: expected host:port or [ipv6]:port, got "${endpoint}"`);
}

/** Resolves a host to an address and the socket type that reaches it. An empty host means all addresses. */
export async function resolveHost(host: string): Promise<{ readonly address: string; readonly type: 'udp4' | 'udp6' }> {
  if (host === '') return { address: '::', type: 'udp6' };
  const { address, family } = isIP(host) ? { address: host, family: isIP(host) } : await lookup(host);
  return { address, type: family === 6 ? 'udp6' : 'udp4' };
}

/** Binds a socket to an endpoint. Throws `EndpointError` or `ListenError`. */
export async function bindUdp(endpoint: string, options: BindOptions): Promise<UdpSocket> {
  const { host, port } = parseUdpEndpoint(endpoint);
  try {
    const { address, type } = await resolveHost(host);
    const socket = createSocket({ type, reusePort: options.reusePort });
    await bind(socket, address, port);
    enlarge(socket, options.receiveBufferBytes);
    // Errors affect single datagrams (such as an undeliverable report) and must not end the process.
    socket.on('error', () => {});
    return new BoundSocket(socket);
  } catch (error) {
    throw listenError(endpoint, error as NodeJS.ErrnoException);
  }
}

function bind(socket: Socket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve();
    });
  });
}

/** Sets the buffer size. Some systems reject sizes above their limit instead of using the maximum. */
function enlarge(socket: Socket, bytes: number): void {
  for (let size = bytes; size > socket.getRecvBufferSize(); size /= 2) {
    try {
      socket.setRecvBufferSize(Math.floor(size));
      return;
    } catch {
      // Tries the next smaller size.
    }
  }
}

class BoundSocket implements UdpSocket {
  readonly address: string;
  readonly #socket: Socket;
  #isOpen = true;

  constructor(socket: Socket) {
    const { address, port } = socket.address();
    this.address = formatEndpoint({ kind: 'tcp', host: address, port });
    this.#socket = socket;
  }

  onDatagram(take: (bytes: Buffer, from: RemoteInfo) => void): void {
    this.#socket.on('message', take);
  }

  send(bytes: Uint8Array, port: number, address: string): void {
    if (this.#isOpen) this.#socket.send(bytes, port, address, () => {});
  }

  close(): Promise<void> {
    this.#isOpen = false;
    return new Promise((resolve) => this.#socket.close(resolve));
  }
}
