import { HOST_SESSION_COOKIE, SESSION_COOKIE } from '../access-control.ts';

/** The credentials of a request: an API key, or the secret of a session; `undefined` if it has none. */
export type RequestCredentials =
  | { readonly kind: 'key'; readonly text: string }
  | { readonly kind: 'session'; readonly secret: string };

/** Name of the query parameter with a key. */
const KEY_PARAMETER = 'api_key';

/** Longer headers contain no credentials of ours. */
const MAX_LENGTH = 4096;

/**
 * Reads the credentials of a request: `Authorization: Bearer KEY`, basic authentication with the key as the password (or as the name, without
 * one), `X-API-Key`, or the cookie of a session.
 */
export function readCredentials(header: (name: string) => string | undefined): RequestCredentials | undefined {
  const authorization = header('authorization');
  if (authorization !== undefined && authorization.length <= MAX_LENGTH) {
    const [, scheme = '', value = ''] = /^(bearer|basic) +(\S+)$/i.exec(authorization) ?? [];
    if (scheme.toLowerCase() === 'bearer') return { kind: 'key', text: value };
    if (scheme.toLowerCase() === 'basic') {
      const [name = '', ...rest] = Buffer.from(value, 'base64').toString('utf8').split(':');
      return { kind: 'key', text: rest.join(':') || name };
    }
  }
  const key = header('x-api-key');
  if (key !== undefined && key.length <= MAX_LENGTH) return { kind: 'key', text: key.trim() };
  const cookies = (header('cookie') ?? '').split(';').map((cookie) => cookie.trim().split('='));
  // Another host of the domain can set the cookie with the plain name, and not the other one.
  for (const wanted of [HOST_SESSION_COOKIE, SESSION_COOKIE]) {
    const secret = cookies.find(([name, value = '']) => name === wanted && value !== '')?.[1];
    if (secret !== undefined) return { kind: 'session', secret };
  }
  return undefined;
}

/** Returns the key in the query of a request, for pages whose requests cannot have headers, such as those of `sendBeacon`. */
export function readQueryKey(target: string | undefined): string | undefined {
  const query = target?.slice(0, MAX_LENGTH).split('?')[1];
  return query?.includes(`${KEY_PARAMETER}=`) === true
    ? (new URLSearchParams(query).get(KEY_PARAMETER) ?? undefined)
    : undefined;
}
