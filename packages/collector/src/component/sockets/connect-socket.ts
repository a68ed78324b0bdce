import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { ClientTls } from '@otelier/transport';
import { type Endpoint, formatEndpoint } from '@otelier/transport/endpoint';

/** A server to connect to. */
export interface SocketTarget {
  readonly endpoint: Endpoint;
  /** `undefined` to connect without TLS. */
  readonly tls: ClientTls | undefined;
  readonly connectMillis: number;
}

/** Connects to a server, with TLS if it has settings. Rejects after `connectMillis`, and when `signal` aborts. */
export function connectSocket({ endpoint, tls, connectMillis }: SocketTarget, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const target = endpoint.kind === 'unix' ? { path: endpoint.path } : { host: endpoint.host, port: endpoint.port };
    const socket: Socket =
      tls === undefined ? connect(target) : connectTls({ ...serverName(endpoint), ...tls.connectOptions(), ...target });
    const place = formatEndpoint(endpoint);
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const abort = () => fail(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    socket.setTimeout(connectMillis, () => fail(new Error(`no connection to ${place} after ${connectMillis} ms`)));
    socket.once('error', fail);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      signal.removeEventListener('abort', abort);
      socket.setTimeout(0);
      socket.off('error', fail);
      socket.on('error', () => socket.destroy());
      resolve(socket.setNoDelay(true));
    });
  });
}

/** The name that the certificate must have; an IP address is no server name. */
function serverName(endpoint: Endpoint): ConnectionOptions {
  return endpoint.kind === 'tcp' && /[a-z]/i.test(endpoint.host) && !endpoint.host.includes(':')
    ? { servername: endpoint.host }
    : {};
}
