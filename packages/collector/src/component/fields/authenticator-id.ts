import type { AuthDirection } from '../auth/client-auth.ts';
import type { ConfigIssue, ConfigUse } from '../define.ts';

const ROLES: Readonly<Record<AuthDirection, string>> = {
  incoming: 'an authentication extension',
  outgoing: 'an extension that adds credentials,',
};

/** Reports an `auth.authenticator` at `path` which does not name an extension of the service for such requests. */
export function checkAuthenticator(
  id: string,
  direction: AuthDirection,
  path: readonly string[],
  { running }: ConfigUse,
): readonly ConfigIssue[] {
  if (running === undefined) return [];
  const suitable = running.filter(({ authenticates }) => authenticates.includes(direction)).map((one) => one.id);
  if (suitable.includes(id)) return [];
  const choice = suitable.length === 0 ? 'but it has none' : `(${suitable.join(', ')})`;
  const message = `expected ${ROLES[direction]} of service.extensions ${choice}, got "${id}"`;
  return [{ path: [...path, 'auth', 'authenticator'], message }];
}
