const KEY = 'otelier.edit-token';

/**
 * Returns the token for edits, which is kept for the tab. The link that otelier prints contains it in its fragment, which
 * is removed from the address at once.
 */
export function readEditToken(): string {
  const given = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (given !== undefined) {
    keepEditToken(given);
    history.replaceState(history.state, '', location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY) ?? '';
}

/** Keeps the token for the tab. */
export function keepEditToken(token: string): void {
  sessionStorage.setItem(KEY, token.trim());
}
