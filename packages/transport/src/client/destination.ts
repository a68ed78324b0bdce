import net from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../clock.ts';
import { EndpointError, parseEndpoint } from '../endpoint.ts';
import { type ClientTls, createClientTls } from '../tls.ts';
import type { ClientTlsOptions } from '../tls-options.ts';
import { connectThrough, type HttpProxy, type ProxySelector, streamOver, TUNNEL_OPEN } from './proxy.ts';

/** The address that a client connects to, and how to connect. */
export interface Destination {
  /** Name for errors and logs, without secrets. */
  readonly name: string;
  /** Value of the `host` and `:authority` headers. */
  readonly authority: string;
  readonly secure: boolean;
  /** Path and query of a URL; empty for other endpoints. */
  readonly path: string;
  /** Whether the last connection attempt failed, for example because the port is closed. */
  readonly isUnreachable: boolean;
  /** Opens a connection. */
  connect(alpn: readonly string[]): net.Socket;
}

/**
 * Parses a client endpoint: a URL (`https://host:4318/base`), `host:port` (with TLS unless `tls.insecure`),
 * `dns:///host:port` or `unix:/path`. `proxyOf` selects the proxy for it. Throws `EndpointError`, or `FileError` if a certificate file cannot be used.
 */
export function createDestination(
  endpoint: string,
  options: ClientTlsOptions | undefined,
  clock: Clock,
  proxyOf?: ProxySelector,
): Destination {
  const target = parseTarget(endpoint, options);
  const material = target.secure ? createClientTls(options ?? {}, clock) : undefined;
  const proxy = 'host' in target.socket ? proxyOf?.({ ...target.socket, secure: target.secure }) : undefined;
  let isUnreachable = false;
  return {
    name: endpoint.replace(/\/\/[^@/]*@/, '//'),
    authority: target.authority,
    secure: target.secure,
    path: target.path,
    get isUnreachable() {
      return isUnreachable;
    },
    connect(alpn) {
      const socket = connect(target, material, alpn, proxy);
      let isOpen = false;
      // The event `connect` is that of the proxy.
      const opened = proxy === undefined ? 'connect' : target.secure ? 'secureConnect' : TUNNEL_OPEN;
      socket.once(opened, () => {
        isOpen = true;
        isUnreachable = false;
      });
      // Registered before any client handler, so that those handlers see the updated `isUnreachable`.
      socket.once('error', () => {
        if (!isOpen) isUnreachable = true;
      });
      return socket;
    },
  };
}

interface Target {
  readonly socket: { readonly path: string } | { readonly host: string; readonly port: number };
  /** Host name expected in the server certificate. */
  readonly serverName: string | undefined;
  readonly authority: string;
  readonly secure: boolean;
  readonly path: string;
}

function parseTarget(endpoint: string, options: ClientTlsOptions | undefined): Target {
  if (endpoint.startsWith('unix:')) {
    const target = parseEndpoint(endpoint);
    const path = target.kind === 'unix' ? target.path : '';
    // Unix sockets use TLS only if it is configured.
    const secure = options !== undefined && options.insecure !== true;
    return { socket: { path }, serverName: 'localhost', authority: 'localhost', secure, path: '' };
  }
  if (/^https?:\/\//i.test(endpoint)) return targetOfUrl(endpoint);
  const target = parseEndpoint(endpoint.replace(/^(?:dns:\/{0,3}|passthrough:\/{3})/, ''));
  if (target.kind !== 'tcp' || target.host === '') {
    throw new EndpointError(`endpoint: expected host:port or a URL, got "${endpoint}"`);
  }
  return {
    socket: { host: target.host, port: target.port },
    serverName: target.host,
    authority: authorityOf(target.host, target.port),
    secure: options?.insecure !== true,
    path: '',
  };
}

function targetOfUrl(endpoint: string): Target {
  if (!URL.canParse(endpoint)) throw new EndpointError(`endpoint: expected host:port or a URL, got "${endpoint}"`);
  const url = new URL(endpoint);
  if (url.username !== '' || url.password !== '') {
    throw new EndpointError(
      'endpoint: expected a URL without user and password; use authentication or headers instead',
    );
  }
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  return {
    socket: { host, port },
    serverName: host,
    authority: url.port === '' ? url.hostname : authorityOf(host, port),
    secure,
    path: url.pathname + url.search,
  };
}

function connect(
  target: Target,
  material: ClientTls | undefined,
  alpn: readonly string[],
  proxy: HttpProxy | undefined,
): net.Socket {
  const tunnel = proxy !== undefined && 'host' in target.socket ? connectThrough(proxy, target.socket) : undefined;
  if (material === undefined) return tunnel ?? net.connect({ ...target.socket, noDelay: true });
  // SNI does not allow IP addresses (RFC 6066, 3). The certificate is still verified against the address.
  const servername = target.serverName !== undefined && net.isIP(target.serverName) === 0 ? target.serverName : '';
  const options = { ...target.socket, servername, ALPNProtocols: [...alpn], ...material.connectOptions() };
  if (tunnel === undefined) return tls.connect(options).setNoDelay(true);
  const socket = tls.connect({ ...options, socket: streamOver(tunnel) });
  // Only the tunnel keeps the process alive.
  socket.ref = () => {
    tunnel.ref();
    return socket;
  };
  socket.unref = () => {
    tunnel.unref();
    return socket;
  };
  return socket;
}

function authorityOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
