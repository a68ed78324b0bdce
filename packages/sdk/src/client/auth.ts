import type { HeaderSource } from './with-headers.ts';

/** Credentials sent with every request. */
export type Auth =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string };

/** Returns the static headers including the credentials. Headers from a function are added later. */
export function requestHeaders(
  headers: HeaderSource | undefined,
  auth: Auth | undefined,
): Readonly<Record<string, string>> {
  if (auth === undefined) return { ...headers };
  const authorization =
    auth.kind === 'bearer' ? `Bearer ${auth.token}` : `Basic ${base64(`${auth.username}:${auth.password}`)}`;
  return { ...headers, authorization };
}

/** Encodes the UTF-8 bytes of a string as base64. */
export function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
