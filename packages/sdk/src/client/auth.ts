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
  return auth === undefined ? { ...headers } : { ...headers, authorization: authorization(auth) };
}

function authorization(auth: Auth): string {
  if (auth.kind === 'bearer') return `Bearer ${auth.token}`;
  const bytes = new TextEncoder().encode(`${auth.username}:${auth.password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
