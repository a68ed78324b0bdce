import { useSyncExternalStore } from 'react';

let colours = new Map<string, string>();
let version = 0;
const listeners = new Set<() => void>();

function renew(): void {
  colours = new Map();
  version += 1;
  for (const listener of listeners) listener();
}

if (typeof document !== 'undefined') {
  new MutationObserver(renew).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  for (const query of ['(prefers-color-scheme: light)', '(prefers-contrast: more)'])
    matchMedia(query).addEventListener('change', renew);
}

/** Returns the value of a token such as `--heat-3`, because canvas does not resolve CSS variables. */
export function colourOf(token: string): string {
  let colour = colours.get(token);
  if (colour === undefined) {
    colour = getComputedStyle(document.documentElement).getPropertyValue(token).trim();
    colours.set(token, colour);
  }
  return colour;
}

/** Renders when the theme changes. Use the returned number as a dependency of painting effects. */
export function useThemeVersion(): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => version,
  );
}
