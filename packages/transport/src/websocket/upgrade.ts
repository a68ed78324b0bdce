import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Authenticator, connectionOf, rejectedSenderStatus } from '../auth.ts';
import { http } from '../node-http.ts';
import { printable } from '../server/decompress-body.ts';
import type { Peer } from './connection.ts';
import { WEBSOCKET_SUBPROTOCOL } from './envelope.ts';

/** Rules for accepting upgrades. */
export interface UpgradeRules {
  readonly path: string;
  readonly auth: Authenticator | undefined;
  readonly isAllowedOrigin: (origin: string | undefined) => boolean;
}

/** Result of checking an upgrade request. */
export type Upgrade =
  | { readonly kind: 'granted'; readonly peer: Peer }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string; readonly headers: readonly string[] };

/** Validates a client's upgrade request. */
export function checkUpgrade(request: IncomingMessage, { path, auth, isAllowedOrigin }: UpgradeRules): Upgrade {
  const { headers } = request;
  const requested = (request.url ?? '').split('?', 1)[0] ?? '';
  if (requested !== path) return refused(404, `expected the path ${path}, got ${printable(requested)}`);
  // Browsers send the origin of a page, and only this check keeps out untrusted pages: CORS does not apply here.
  if (headers.origin !== undefined && !isAllowedOrigin(headers.origin)) {
    return refused(403, `pages of ${printable(headers.origin)} are not allowed here`);
  }
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (!offered.includes(WEBSOCKET_SUBPROTOCOL)) {
    return refused(400, `sec-websocket-protocol: expected ${WEBSOCKET_SUBPROTOCOL} among the names`);
  }
  const kept = { ...authorizationOf(offered), ...endToEnd(headers) };
  const checked = auth?.authenticate(kept, request.socket.remoteAddress, connectionOf(request.socket), request.url);
  if (checked !== undefined && checked.kind !== 'authenticated') {
    const challenge = checked.kind === 'unauthenticated' ? ['www-authenticate', auth?.challenge ?? ''] : [];
    return refused(rejectedSenderStatus(checked.kind), checked.reason, challenge);
  }
  return { kind: 'granted', peer: { headers: kept, subject: checked?.subject, tenant: checked?.tenant } };
}

/** Responds to a rejected upgrade and closes its connection. */
export function refuseUpgrade(
  socket: Duplex,
  status: number,
  reason: string,
  headers: readonly string[] = [],
): undefined {
  const body = `${reason}\n`;
  const pairs = ['content-type', 'text/plain; charset=utf-8', 'content-length', String(Buffer.byteLength(body))];
  const lines = [`HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}`, 'connection: close'];
  const all = [...pairs, ...headers];
  for (let at = 0; at < all.length; at += 2) lines.push(`${all[at]}: ${all[at + 1]}`);
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/**
 * Browsers cannot set headers on a WebSocket. Instead, they offer an additional subprotocol that contains the header
 * value in base64url.
 */
const AUTHORIZATION_PREFIX = 'authorization.';

function authorizationOf(offered: readonly string[]): { readonly authorization?: string } {
  const name = offered.find((candidate) => candidate.startsWith(AUTHORIZATION_PREFIX));
  if (name === undefined) return {};
  return { authorization: Buffer.from(name.slice(AUTHORIZATION_PREFIX.length), 'base64url').toString('utf8') };
}

/** Returns the end-to-end headers, excluding those that apply to the connection itself. */
function endToEnd(headers: IncomingMessage['headers']): Peer['headers'] {
  const entries = Object.entries(headers);
  return Object.fromEntries(entries.filter(([name]) => !/^(?:connection|upgrade|sec-websocket-.*)$/.test(name)));
}

function refused(status: number, reason: string, headers: readonly string[] = []): Upgrade {
  return { kind: 'refused', status, reason, headers };
}
