const THEME = 'otelier.theme';
const RAIL = 'otelier.rail';

/** Switches between dark and light and remembers it on this computer. */
export function switchTheme(): void {
  const root = document.documentElement;
  const shown = root.dataset['theme'] ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark');
  root.dataset['theme'] = shown === 'dark' ? 'light' : 'dark';
  remember(THEME, root.dataset['theme']);
}

/** Whether the rail is folded on this computer. */
export function railFolded(): boolean {
  try {
    return localStorage.getItem(RAIL) === 'folded';
  } catch {
    return false;
  }
}

/** Remembers whether the rail is folded. */
export function rememberRail(folded: boolean): void {
  remember(RAIL, folded ? 'folded' : 'open');
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage can be forbidden; the choice then lasts for this visit.
  }
}
