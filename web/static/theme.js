// Applies the stored theme before the page is drawn, so that it does not flash.
try {
  const theme = localStorage.getItem("lab.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // No storage: the system's theme.
}
