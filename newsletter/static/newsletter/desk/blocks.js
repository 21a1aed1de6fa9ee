// Up and Down for the blocks of an issue. Without this script their order is a number that one types.
"use strict";

(() => {
  const STEP = 10;

  const begin = () => {
    const group = document.querySelector(".blocks");
    if (!group) return;
    const said = document.createElement("p");
    said.className = "visually-hidden";
    said.setAttribute("role", "status");
    group.append(said);

    // Stored ones alone: Django numbers the others by their place in the page.
    const rows = () => [...group.querySelectorAll(".block.has_original")];
    const place = (row) => row.querySelector(".block__place input");

    const number = () => {
      rows().forEach((row, at) => {
        const field = place(row);
        const value = String((at + 1) * STEP);
        if (field.value === value) return;
        field.value = value;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      });
    };

    const move = (row, step, button) => {
      const order = rows();
      const other = order[order.indexOf(row) + step];
      if (!other) {
        said.textContent = step < 0 ? group.dataset.first : group.dataset.last;
        return;
      }
      if (step < 0) other.before(row);
      else other.after(row);
      number();
      said.textContent = `${row.querySelector("h3").textContent.trim().replace(/\s+/g, " ")}: ${rows().indexOf(row) + 1}`;
      button.focus();
      row.scrollIntoView({ block: "nearest" });
    };

    for (const row of rows()) {
      const field = place(row);
      if (!field) continue;
      for (const [words, step] of [[group.dataset.up, -1], [group.dataset.down, 1]]) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "block__move";
        button.textContent = words;
        button.setAttribute("aria-label", `${words}: ${row.querySelector("h3").textContent.trim().replace(/\s+/g, " ")}`);
        button.addEventListener("click", () => move(row, step, button));
        field.parentElement.append(button);
      }
    }
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
