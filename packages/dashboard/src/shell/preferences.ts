const THEME = 'otelier.theme';
const RAIL = 'otelier.rail';

/** Switches between dark and light mode and stores the choice in this browser. */
export function switchTheme(): void {
  const root = document.documentElement;
  const shown = root.dataset['theme'] ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark');
  root.dataset['theme'] = shown === 'dark' ? 'light' : 'dark';
  remember(THEME, root.dataset['theme']);
}

/** Returns whether the rail is folded, as stored in this browser. */
export function railFolded(): boolean {
  try {
    return localStorage.getItem(RAIL) === 'folded';
  } catch {
    return false;
  }
}

/** Stores whether the rail is folded. */
export function rememberRail(folded: boolean): void {
  remember(RAIL, folded ? 'folded' : 'open');
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage may be blocked. The choice then lasts for this visit.
  }
}
