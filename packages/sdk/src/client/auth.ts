import type { HeaderSource } from './with-headers.ts';

/** Credentials, sent with every request. */
export type Auth =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string };

/** The headers of every request: those that were given, and credentials. Those that a function gives come later. */
export function requestHeaders(
  headers: HeaderSource | undefined,
  auth: Auth | undefined,
): Readonly<Record<string, string>> {
  if (auth === undefined) return { ...headers };
  const authorization =
    auth.kind === 'bearer' ? `Bearer ${auth.token}` : `Basic ${base64(`${auth.username}:${auth.password}`)}`;
  return { ...headers, authorization };
}

/** The UTF-8 of a text in base64. */
export function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
