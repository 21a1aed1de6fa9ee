// The little that script adds: the reader's colour theme is remembered on this device, and forms that ask for it are told
// how many seconds a page has been open, which programs seldom wait.
// Loaded in the head without "defer", so that a page is never painted in the wrong theme first.
(() => {
  "use strict";
  const root = document.documentElement;
  const remembered = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage may be switched off; the choice then lasts for the page
    }
  };
  const show = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  show(remembered());
  document.addEventListener("DOMContentLoaded", () => {
    const chosen = document.getElementById(`theme-${remembered()}`);
    if (chosen) chosen.checked = true;
  });
  document.addEventListener("submit", (event) => {
    if ("waited" in event.target.dataset) event.target.elements.waited.value = (performance.now() / 1000).toFixed(1);
  });
  document.addEventListener("change", (event) => {
    if (event.target.name !== "theme") return;
    show(event.target.value);
    try {
      localStorage.setItem("theme", event.target.value);
    } catch {
      // as above
    }
  });
})();
