// The panel on one page: S and K turn a verdict that has the focus, and the leaning is said anew with every turn.
"use strict";
(() => {
  const page = document.querySelector(".panel");
  const told = page?.querySelector("[data-told]");
  if (!told) return;
  const leanings = JSON.parse(page.dataset.leanings);
  const keys = { s: "ship", k: "skip" };

  function tell() {
    const verdicts = [
      ...Array.from(page.querySelectorAll(".toggle :checked"), (radio) => radio.value),
      ...Array.from(page.querySelectorAll("[data-verdict]"), (read) => read.dataset.verdict),
    ];
    const ships = verdicts.filter((verdict) => verdict === "ship").length;
    const [word, sentence] = leanings[`${ships}/${verdicts.length}`];
    told.textContent = sentence;
    told.parentElement.dataset.word = word;
  }

  // A reason is asked once the verdict that readers see is turned; what was typed as one stays in sight.
  function ask(toggle) {
    const reason = toggle.parentElement.querySelector("[data-reason]");
    if (!reason) return;
    const turned = toggle.querySelector(":checked")?.value !== toggle.dataset.seen;
    reason.hidden = !turned && !reason.querySelector("input").value && !reason.querySelector(".errorlist");
  }

  page.addEventListener("change", (event) => {
    const toggle = event.target.closest(".toggle");
    if (!toggle) return;
    ask(toggle);
    tell();
  });

  page.addEventListener("keydown", (event) => {
    const toggle = event.target.closest(".toggle");
    const verdict = keys[event.key.toLowerCase()];
    if (!toggle || !verdict || event.ctrlKey || event.altKey || event.metaKey) return;
    const radio = toggle.querySelector(`[value="${verdict}"]`);
    event.preventDefault();
    radio.focus();
    if (!radio.checked) radio.click();
  });

  page.querySelectorAll(".toggle").forEach(ask);
  tell();
})();
