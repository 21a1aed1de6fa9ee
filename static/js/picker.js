// Names while a reader types one: the picker's list holds the newest at first, that of a field for one more tool nothing;
// this asks for those that fit.
// Without it the form works as it is, and says what a mistyped name may have meant.
(() => {
  "use strict";
  const WAIT = 150; // milliseconds without a key
  const list = document.getElementById("tool-names");
  const form = list?.closest("form[data-suggest]");
  if (!form || form.dataset.ready) return;
  form.dataset.ready = "yes";
  const first = [...list.children];
  let timer = 0;
  let busy = false;
  let next = null; // what was typed last while a request was under way: only that is asked for

  const option = (tool, tools) => {
    const shown = document.createElement("option");
    const isShared = tools.some((other) => other !== tool && other.name === tool.name);
    shown.value = isShared ? tool.slug : tool.name;
    if (isShared) shown.label = tool.name;
    return shown;
  };

  const ask = async (text) => {
    if (busy) {
      next = text;
      return;
    }
    busy = true;
    try {
      const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(text)}`, { credentials: "omit" });
      if (answer.ok) {
        const { tools } = await answer.json();
        list.replaceChildren(...tools.map((tool) => option(tool, tools)));
      }
    } catch {
      // the list stays as it is; the form takes any name
    }
    busy = false;
    if (next !== null) {
      const waiting = next;
      next = null;
      ask(waiting);
    }
  };

  form.addEventListener("input", (event) => {
    if (event.target.getAttribute("list") !== list.id) return;
    clearTimeout(timer);
    const text = event.target.value.trim();
    if (!text) list.replaceChildren(...first);
    else if (![...list.children].some((shown) => shown.value === text)) timer = setTimeout(ask, WAIT, text);
  });
})();
