/* A press that takes its time says so, and is not pressed twice. Coming back by the browser's own button makes it whole. */
"use strict";
(() => {
  for (const button of document.querySelectorAll("button[data-busy]")) {
    const said = button.textContent;
    button.form.addEventListener("submit", () => {
      button.disabled = true;
      button.textContent = button.dataset.busy;
    });
    addEventListener("pageshow", () => {
      button.disabled = false;
      button.textContent = said;
    });
  }
})();
