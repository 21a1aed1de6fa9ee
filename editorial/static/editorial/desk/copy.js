/* A button beside each snippet that copies it. Without script the snippet selects itself whole when it is clicked. */
"use strict";
addEventListener("DOMContentLoaded", () => {
  if (!navigator.clipboard) return;
  for (const snippet of document.querySelectorAll(".snippet[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button snippet-copy";
    button.textContent = snippet.dataset.copy;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(snippet.textContent);
      button.textContent = snippet.dataset.copied;
    });
    snippet.after(button);
  }
});
