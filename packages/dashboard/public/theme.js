// Runs before the first paint: applies the theme chosen in this browser. Without one, tokens.css follows the system.
try {
  const theme = localStorage.getItem('otelier.theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch {
  // Storage can be forbidden; the page then follows the system.
}
