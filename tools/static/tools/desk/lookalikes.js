// While a tool is entered or renamed: says which ones it may be. Saving asks the server again, with or without this.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const name = document.getElementById("id_name");
  const website = document.getElementById("id_website");
  const place = /^(.*\/tools\/tool\/)(?:add|(\d+)\/change)\/$/.exec(location.pathname);
  if (name && website && place) {
    const hint = document.createElement("div");
    hint.setAttribute("role", "status");
    website.closest(".form-row").append(hint);
    const before = [name.value, website.value].join("\n");
    let waiting = 0;
    let asked = 0;

    const show = (answer) => {
      hint.className = answer.tools.length ? "twins__hint" : "";
      hint.replaceChildren();
      if (!answer.tools.length) return;
      const list = document.createElement("ul");
      list.className = "twins__found";
      for (const tool of answer.tools) {
        const line = document.createElement("li");
        if (tool.url) {
          const link = document.createElement("a");
          link.href = tool.url;
          link.target = "_blank";
          link.rel = "noopener";
          link.textContent = tool.text;
          line.append(link);
        } else line.textContent = tool.text;
        list.append(line);
      }
      hint.append(answer.said, list);
    };

    const ask = async () => {
      const number = ++asked;
      if ([name.value, website.value].join("\n") === before && place[2]) return show({ tools: [] });
      const query = new URLSearchParams({ name: name.value, website: website.value, tool: place[2] || "" });
      try {
        const answer = await fetch(`${place[1]}lookalikes/?${query}`, { headers: { Accept: "application/json" } });
        if (answer.ok && number === asked) show(await answer.json());
      } catch {
        // Offline for a moment: saving asks again.
      }
    };

    for (const field of [name, website]) {
      field.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(ask, 400);
      });
    }
    if (name.value && !place[2] && !document.querySelector('[name="apart"]')) ask();
  }
});
