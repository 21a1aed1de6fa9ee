// The account of a send keeps up to date by itself. Without this script there is the link "Look again".
"use strict";

(() => {
  const begin = () => {
    const account = document.querySelector("[data-numbers]");
    if (!account) return;
    const said = account.querySelector("[data-said]");
    const say = (words) => {
      if (said.textContent !== words) said.textContent = words;
    };
    say(said.dataset.liveNote);

    // Nobody loses what they typed or ticked, or their place, to a page that comes anew.
    const isTouched = () =>
      document.querySelector("#content-main").contains(document.activeElement) ||
      [...document.querySelectorAll(".sending__step, .issue-part form")].some(
        (form) =>
          [...form.elements].some((field) =>
            field.type === "checkbox" || field.type === "radio"
              ? field.checked !== field.defaultChecked
              : "defaultValue" in field && field.value !== field.defaultValue,
          ),
      );

    const look = async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch(account.dataset.numbers, { headers: { Accept: "application/json" } });
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        const { live, shape } = await answer.json();
        for (const place of account.querySelectorAll("[data-live]")) {
          const words = live[place.dataset.live] ?? "";
          if (place.textContent !== words) place.textContent = words;
        }
        if (shape === account.dataset.shape) say(said.dataset.liveNote);
        else if (isTouched()) say(said.dataset.changed);
        else location.reload();
      } catch {
        say(said.dataset.lost);
      }
    };
    setInterval(look, Number(account.dataset.seconds) * 1000);
    document.addEventListener("visibilitychange", look);
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
