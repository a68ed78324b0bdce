import { useSyncExternalStore } from 'react';

let colors = new Map<string, string>();
let version = 0;
const listeners = new Set<() => void>();

function renew(): void {
  colors = new Map();
  version += 1;
  for (const listener of listeners) listener();
}

if (typeof document !== 'undefined') {
  new MutationObserver(renew).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  for (const query of ['(prefers-color-scheme: light)', '(prefers-contrast: more)'])
    matchMedia(query).addEventListener('change', renew);
}

/** Returns the color of a token such as `--heat-3` in the current theme. Canvas does not resolve CSS variables. */
export function colorOf(token: string): string {
  let color = colors.get(token);
  if (color === undefined) {
    color = computedColor(token);
    colors.set(token, color);
  }
  return color;
}

/** Resolves `var()` and `light-dark()`, which a custom property's computed value leaves unresolved. */
function computedColor(token: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Rerenders when the theme changes. Use the returned number as a dependency of effects that paint. */
export function useThemeVersion(): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => version,
  );
}
