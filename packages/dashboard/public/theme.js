// Runs before the first paint and applies the theme chosen in this browser. Without one, tokens.css follows the system.
try {
  const theme = localStorage.getItem('otelier.theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be blocked. The page then follows the system.
}
