import type { AuthDirection } from '../auth/client-auth.ts';
import { type ConfigIssue, type ConfigUse, otherExtensions } from '../define.ts';

const ROLES: Readonly<Record<AuthDirection, string>> = {
  incoming: 'an authentication extension',
  outgoing: 'an extension that adds credentials,',
};

/** Reports an `auth.authenticator` at `path` which does not name an extension of the service for such requests. */
export function checkAuthenticator(
  id: string,
  direction: AuthDirection,
  path: readonly string[],
  use: ConfigUse,
): readonly ConfigIssue[] {
  const suitable = otherExtensions(id, use, ({ authenticates }) => authenticates.includes(direction));
  if (suitable === undefined) return [];
  const choice = suitable.length === 0 ? 'but it has none' : `(${suitable.join(', ')})`;
  const message = `expected ${ROLES[direction]} of service.extensions ${choice}, got "${id}"`;
  return [{ path: [...path, 'auth', 'authenticator'], message }];
}
