// Before the first paint: the theme that was chosen on this computer, else the system's (tokens.css follows it by itself).
try {
  const theme = localStorage.getItem('otelier.theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; then the system's choice holds.
}
