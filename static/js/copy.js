// A button beside what is there to be copied. Without script the text is selected and copied by hand.
(() => {
  "use strict";
  if (!navigator.clipboard) return; // a page without https may not write to it
  for (const area of document.querySelectorAll("textarea[data-copy]")) {
    const button = document.createElement("button");
    const said = document.createElement("output");
    button.type = "button";
    button.className = "button button-plain";
    button.textContent = area.dataset.copy;
    button.setAttribute("aria-describedby", `${area.id}-label`);
    said.className = "note";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(area.value);
        said.textContent = area.dataset.copied;
      } catch {
        area.select(); // refused: the rest is by hand
      }
    });
    const line = document.createElement("p");
    line.className = "copy-line";
    line.append(button, said);
    area.closest(".field").append(line);
  }
})();
