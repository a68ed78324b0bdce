import type { Grant } from '../accounts/grants.ts';

/** A role for the people of a group. */
export interface GroupRole extends Grant {
  /** The group as the claim names it; `*` for everyone. */
  readonly group: string;
}

/** An OpenID Connect provider with which people sign in. */
export interface OidcOptions {
  /** Name that the page shows: `Keycloak`. */
  readonly name: string;
  /** Issuer, below which `/.well-known/openid-configuration` is. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  /** Address of `/sign-in/callback` as browsers reach it. It is registered with the provider. */
  readonly redirectUrl: string;
  readonly scopes: readonly string[];
  /** The claim with the groups of a person, such as `groups` or `realm_access.roles`. */
  readonly groupsClaim: string;
  readonly roles: readonly GroupRole[];
}

/** Reports whether requests to a URL cannot be read and changed on the way: by HTTPS, or on this machine. */
export function isProtected({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname));
}

/** Claims of an ID token. */
export type Claims = Readonly<Record<string, unknown>>;

/** Returns the roles of a person, by the groups in the claims. */
export function grantsOf(claims: Claims, { groupsClaim, roles }: OidcOptions): readonly Grant[] {
  const groups = groupsIn(claims, groupsClaim);
  return roles.filter(({ group }) => group === '*' || groups.has(group)).map(({ role, tenant }) => ({ role, tenant }));
}

function groupsIn(claims: Claims, path: string): ReadonlySet<unknown> {
  let value: unknown = Object.hasOwn(claims, path) ? claims[path] : undefined;
  if (value === undefined) {
    value = claims;
    for (const name of path.split('.')) {
      const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
      value = isObject ? (value as Claims)[name] : undefined;
    }
  }
  return new Set(Array.isArray(value) ? value : [value]);
}
