import { type BlockList, isIP } from 'node:net';
import { isTenantName, TENANT_NAME_RULE } from '@otelier/otlp';
import type { AuthenticatedSender, Authenticator, RejectedSender, RequestHeaders } from './auth.ts';
import { networksOf } from './endpoint.ts';

/** Which header names the tenant of a request, and who may send it. */
export interface TenantHeaderOptions {
  /** Name of the header. */
  readonly name: string;
  /** Addresses and networks such as `10.0.0.0/8` whose header is believed. */
  readonly trustedProxies: readonly string[];
}

/** The tenant that a header names, why it is refused, or that there is none. */
export type HeaderTenant =
  | { readonly kind: 'named'; readonly tenant: string }
  | { readonly kind: 'none'; readonly isTrusted: boolean }
  | RejectedSender;

/** Reads the tenant of requests from a header that only trusted proxies may send. */
export class TenantHeader {
  readonly name: string;
  readonly #trusted: BlockList;
  /** Without a trusted proxy, the header means nothing. */
  readonly #isUsed: boolean;

  /** Throws a `RangeError` for an invalid address or network. */
  constructor({ name, trustedProxies }: TenantHeaderOptions) {
    this.name = name.toLowerCase();
    this.#trusted = networksOf(trustedProxies);
    this.#isUsed = trustedProxies.length > 0;
  }

  /** Reads the tenant of a request from `peer`, the remote address of its connection. */
  read(headers: RequestHeaders, peer: string | undefined): HeaderTenant {
    const value = headers[this.name];
    const isTrusted = this.#isTrusted(peer);
    if (value === undefined || !this.#isUsed) return { kind: 'none', isTrusted };
    if (!isTrusted) {
      const reason = `header ${this.name}: expected none, because ${peer ?? 'this address'} is not one of the trusted proxies`;
      return { kind: 'unauthenticated', reason };
    }
    const tenant = typeof value === 'string' ? value : value.length === 1 ? value[0] : undefined;
    if (tenant !== undefined && isTenantName(tenant)) return { kind: 'named', tenant };
    return { kind: 'malformed', reason: `header ${this.name}: expected the name of one tenant: ${TENANT_NAME_RULE}` };
  }

  #isTrusted(peer: string | undefined): boolean {
    if (peer === undefined) return false;
    // Sockets that accept both protocols report IPv4 addresses as a part of IPv6.
    const address = peer.startsWith('::ffff:') && isIP(peer.slice(7)) === 4 ? peer.slice(7) : peer;
    const version = isIP(address);
    return version !== 0 && this.#trusted.check(address, version === 4 ? 'ipv4' : 'ipv6');
  }
}

/**
 * Returns an authenticator that takes the tenant of each request from a header, in addition to the credentials that `auth`
 * checks. A tenant that comes with a credential cannot be replaced by another.
 */
export function withTenantHeader(auth: Authenticator | undefined, header: TenantHeader): Authenticator {
  return {
    challenge: auth?.challenge ?? `Tenant header="${header.name}"`,
    authenticate(headers, peer, connection, target) {
      const sender = auth?.authenticate(headers, peer, connection, target) ?? ANONYMOUS;
      if (sender.kind !== 'authenticated') return sender;
      const found = header.read(headers, peer);
      if (found.kind === 'none') return sender;
      if (found.kind !== 'named') return found;
      if (sender.tenant === undefined || sender.tenant === found.tenant) return { ...sender, tenant: found.tenant };
      return { kind: 'forbidden', reason: `header ${header.name}: expected the tenant of the credential, got another` };
    },
  };
}

const ANONYMOUS: AuthenticatedSender = { kind: 'authenticated', subject: undefined };
