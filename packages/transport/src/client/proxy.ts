import net from 'node:net';
import { Duplex } from 'node:stream';
import { EndpointError } from '../endpoint.ts';

/** An HTTP proxy that opens tunnels (RFC 9110, "CONNECT"). */
export interface HttpProxy {
  readonly host: string;
  readonly port: number;
  /** Value of the `Proxy-Authorization` header. */
  readonly authorization: string | undefined;
}

/** Returns the proxy for a destination, or `undefined` to connect directly. */
export type ProxySelector = (target: ProxiedTarget) => HttpProxy | undefined;

/** A destination's address, and whether it uses TLS. */
export interface ProxiedTarget {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/**
 * Parses the URL of a proxy, such as `http://user:password@proxy.example:3128`. The scheme and the port, 80, are optional.
 * Throws an `EndpointError`, whose message has no credentials.
 */
export function parseProxy(text: string): HttpProxy {
  const full = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url?.protocol !== 'http:' || url.hostname === '') {
    const got = url === undefined ? 'another text' : `"${url.protocol}//${url.host}"`;
    throw new EndpointError(`proxy: expected a URL such as "http://proxy.example:3128", got ${got}`);
  }
  const { username, password } = url;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 80),
    authorization: username === '' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
}

/**
 * Returns a socket that is connecting to a host and port through a proxy. What is written before is sent afterwards. Emits
 * `TUNNEL_OPEN` when the proxy has connected.
 */
export function connectThrough(
  proxy: HttpProxy,
  { host, port }: { readonly host: string; readonly port: number },
): net.Socket {
  const socket = net.connect({ host: proxy.host, port: proxy.port, noDelay: true });
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const authorization = proxy.authorization === undefined ? '' : `proxy-authorization: ${proxy.authorization}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${authorization}\r\n`, 'latin1');
  // Holds back everything else until the tunnel is open.
  socket.cork();
  const push = socket.push.bind(socket);
  let head = Buffer.alloc(0);
  // Chunks from the system arrive here. A listener would share them with those of the caller.
  socket.push = (chunk: Buffer | null) => {
    if (chunk === null) {
      socket.destroy(new Error(`${nameOf(proxy)} closed the connection`));
      return false;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0 && head.length < MAX_HEAD_BYTES) return true;
    const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1', 0, 16)) ?? [];
    if (end < 0 || status?.[0] !== '2') {
      socket.destroy(new Error(`${nameOf(proxy)} responded ${status ?? 'with something other than HTTP'}`));
      return false;
    }
    socket.push = push;
    socket.uncork();
    socket.emit(TUNNEL_OPEN);
    return head.length === end + 4 || push(head.subarray(end + 4));
  };
  return socket;
}

/** Returns a stream over a tunnel. TLS would use the system's socket, before the tunnel is open. */
export function streamOver(socket: net.Socket): Duplex {
  const stream = new Duplex({
    read: () => void socket.resume(),
    write: (chunk, _, done) => void socket.write(chunk, (error) => done(error ?? null)),
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => {
    if (!stream.push(chunk)) socket.pause();
  });
  socket.on('end', () => stream.push(null));
  socket.on('error', (error) => stream.destroy(error));
  socket.on('close', () => stream.destroy());
  return stream;
}

function nameOf({ host, port }: HttpProxy): string {
  return `proxy ${host}:${port}`;
}

/** The event of a socket whose proxy has connected to the destination. */
export const TUNNEL_OPEN = 'tunnelOpen';
/** Limits the memory that a proxy can use. */
const MAX_HEAD_BYTES = 16_384;
