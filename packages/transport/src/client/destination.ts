import net from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../clock.ts';
import { EndpointError, parseEndpoint } from '../endpoint.ts';
import { type ClientTls, createClientTls } from '../tls.ts';
import type { ClientTlsOptions } from '../tls-options.ts';

/** Where a client connects to, and how. */
export interface Destination {
  /** What errors and logs call it, without anything secret. */
  readonly name: string;
  /** For the `host` and `:authority` headers. */
  readonly authority: string;
  readonly secure: boolean;
  /** Path and query of a URL; empty for other endpoints. */
  readonly path: string;
  /** Opens a connection. */
  connect(alpn: readonly string[]): net.Socket;
}

/**
 * Reads where a client shall connect: a URL (`https://host:4318/base`), `host:port` (with TLS unless `tls.insecure`),
 * `dns:///host:port` or `unix:/path`. Throws `EndpointError`, or `FileError` for certificates.
 */
export function createDestination(endpoint: string, options: ClientTlsOptions | undefined, clock: Clock): Destination {
  const place = parsePlace(endpoint, options);
  const material = place.secure ? createClientTls(options ?? {}, clock) : undefined;
  return {
    name: endpoint.replace(/\/\/[^@/]*@/, '//'),
    authority: place.authority,
    secure: place.secure,
    path: place.path,
    connect: (alpn) => connect(place, material, alpn),
  };
}

interface Place {
  readonly socket: { readonly path: string } | { readonly host: string; readonly port: number };
  /** Whose certificate is expected. */
  readonly serverName: string | undefined;
  readonly authority: string;
  readonly secure: boolean;
  readonly path: string;
}

function parsePlace(endpoint: string, options: ClientTlsOptions | undefined): Place {
  if (endpoint.startsWith('unix:')) {
    const target = parseEndpoint(endpoint);
    const path = target.kind === 'unix' ? target.path : '';
    // A socket of this machine needs no TLS, unless it was asked for.
    const secure = options !== undefined && options.insecure !== true;
    return { socket: { path }, serverName: 'localhost', authority: 'localhost', secure, path: '' };
  }
  if (/^https?:\/\//i.test(endpoint)) return placeOfUrl(endpoint);
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

function placeOfUrl(endpoint: string): Place {
  if (!URL.canParse(endpoint)) throw new EndpointError(`endpoint: expected host:port or a URL, got "${endpoint}"`);
  const url = new URL(endpoint);
  if (url.username !== '' || url.password !== '') {
    throw new EndpointError(
      'endpoint: expected a URL without user and password; give them as authentication or headers',
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

function connect(place: Place, material: ClientTls | undefined, alpn: readonly string[]): net.Socket {
  if (material === undefined) return net.connect({ ...place.socket, noDelay: true });
  // An address is no name that a client may ask for (RFC 6066, 3); the certificate is checked against it all the same.
  const servername = place.serverName !== undefined && net.isIP(place.serverName) === 0 ? place.serverName : '';
  const options = { ...place.socket, servername, ALPNProtocols: [...alpn], ...material.connectOptions() };
  return tls.connect(options).setNoDelay(true);
}

function authorityOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
