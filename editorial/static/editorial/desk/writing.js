// Buttons, a count and a view of what becomes of it, for each textarea with data-markdown (editorial/writing.py).
// Without this script the textarea is there and the preview of the piece shows the rest.
//
// With `data-picker`, the address of the library of pictures, there is a button "Insert image". Pressed, it sends the
// event "desk:pick-image" from the textarea, with `detail.address` and `detail.insert(text)`, which types Markdown at the
// cursor, undo kept; desk/picking.js hears it.
(() => {
  "use strict";
  const PAUSE = 400; // milliseconds without a key before the frame follows
  const PACE = 230; // words a minute
  const WIDE = "(min-width: 1200px)";
  const KEPT = "desk-written"; // whether the frame is wanted, on this device

  const recalled = () => {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null; // storage may be switched off; the width of the window then decides
    }
  };
  const recall = (value) => {
    try {
      localStorage.setItem(KEPT, value);
    } catch {
      // as above
    }
  };

  /** Types a text in place of what lies between two places, as a person would: undo takes it back. */
  const type = (area, start, end, text) => {
    area.focus();
    area.setSelectionRange(start, end);
    const typed = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
    if (typed || (start === end && !text)) return;
    area.setRangeText(text, start, end, "end"); // a browser that knows no insertText: without undo, but typed
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  /** Puts marks around what is selected, or takes them away again. */
  const wrap = (area, mark) => {
    const { value, selectionStart: start, selectionEnd: end } = area;
    const before = value.slice(Math.max(0, start - mark.length), start);
    const after = value.slice(end, end + mark.length);
    const chosen = value.slice(start, end);
    // One star beside another is half of two: bold text is not italic.
    const isPart = mark === "*" && (value[start - 2] === "*" || value[end + 1] === "*");
    if (before === mark && after === mark && !isPart) {
      type(area, start - mark.length, end + mark.length, chosen);
      area.setSelectionRange(start - mark.length, end - mark.length);
      return;
    }
    type(area, start, end, mark + chosen + mark);
    area.setSelectionRange(start + mark.length, end + mark.length);
  };

  /** Begins each line of the selection with a mark, or takes it away where all of them have it. */
  const begin = (area, mark) => {
    const { value, selectionStart, selectionEnd } = area;
    const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
    const last = Math.max(selectionStart, selectionEnd - (value[selectionEnd - 1] === "\n" ? 1 : 0));
    const end = value.indexOf("\n", last) < 0 ? value.length : value.indexOf("\n", last);
    const lines = value.slice(start, end).split("\n");
    const marked = lines.every((line) => line.startsWith(mark));
    const text = lines.map((line) => (marked ? line.slice(mark.length) : mark + line)).join("\n");
    type(area, start, end, text);
    area.setSelectionRange(lines.length > 1 ? start : start + text.length, start + text.length);
  };

  const link = (area) => {
    const { value, selectionStart: start, selectionEnd: end } = area;
    const chosen = value.slice(start, end);
    if (/^https?:\/\/\S+$/.test(chosen)) {
      type(area, start, end, `[](${chosen})`);
      area.setSelectionRange(start + 1, start + 1); // the words are still to come
      return;
    }
    type(area, start, end, `[${chosen}](https://)`);
    const place = start + chosen.length + 3;
    area.setSelectionRange(chosen ? place : start + 1, chosen ? place + 8 : start + 1);
  };

  const code = (area) => {
    const chosen = area.value.slice(area.selectionStart, area.selectionEnd);
    if (!chosen.includes("\n")) {
      wrap(area, "`");
      return;
    }
    const start = area.selectionStart;
    const fence = `\`\`\`\n${chosen.replace(/\n$/, "")}\n\`\`\`\n`;
    type(area, start, area.selectionEnd, fence);
    area.setSelectionRange(start, start + fence.length);
  };

  const TOOLS = [
    ["bold", "B", (area) => wrap(area, "**"), "b"],
    ["italic", "I", (area) => wrap(area, "*"), "i"],
    ["heading", "", (area) => begin(area, "## ")],
    ["link", "", link, "k"],
    ["list", "", (area) => begin(area, "- ")],
    ["quote", "", (area) => begin(area, "> ")],
    ["code", "", code],
  ];

  const make = (name, attributes, ...inside) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...inside);
    return node;
  };

  const countWords = (text) => {
    if (!Intl.Segmenter) return (text.match(/[\p{L}\p{N}]+(?:['’.-][\p{L}\p{N}]+)*/gu) || []).length;
    const pieces = new Intl.Segmenter(document.documentElement.lang, { granularity: "word" }).segment(text);
    let count = 0;
    for (const piece of pieces) if (piece.isWordLike) count += 1;
    return count;
  };
  const figure = new Intl.NumberFormat(document.documentElement.lang);

  let frames = 0;
  /** Shows what becomes of the text: a frame of its own each time, or going back would go through all of them. */
  const show = (area, pane, words) => {
    frames += 1;
    const name = `written-${frames}`;
    const sandbox = "allow-popups allow-popups-to-escape-sandbox";
    const frame = make("iframe", { name, title: words.frame, sandbox });
    const line = area.value.slice(0, area.selectionStart).split("\n").length - 1;
    const fields = {
      csrfmiddlewaretoken: area.form.elements.csrfmiddlewaretoken.value,
      text: area.value,
      heading: area.dataset.heading,
      line,
    };
    const form = make(
      "form",
      { method: "post", action: `${area.dataset.markdown}#here`, target: name, hidden: "" },
      ...Object.entries(fields).map(([key, value]) => {
        const field = make("textarea", { name: key });
        field.value = value;
        return field;
      }),
    );
    const old = [...pane.children];
    pane.prepend(frame); // below the old one until it is there
    document.body.append(form);
    frame.addEventListener("load", () => old.forEach((one) => one.remove()));
    form.submit();
    form.remove();
  };

  const toolbar = (area, words) => {
    const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);
    const buttons = TOOLS.map(([name, letter, act, key]) => {
      const button = make("button", { type: "button", "data-tool": name }, letter || words[name]);
      const keys = isMac ? `Cmd+${key}` : `Ctrl+${key}`;
      button.title = key ? `${words[name]} (${keys.toUpperCase().replace("CTRL", "Ctrl").replace("CMD", "Cmd")})` : words[name];
      if (letter) button.setAttribute("aria-label", words[name]);
      if (key) button.setAttribute("aria-keyshortcuts", `${isMac ? "Meta" : "Control"}+${key.toUpperCase()}`);
      button.addEventListener("click", () => act(area));
      return button;
    });
    if (area.dataset.picker) {
      const button = make("button", { type: "button", "data-tool": "image" }, words.image);
      const insert = (text) => type(area, area.selectionStart, area.selectionEnd, text);
      const detail = { address: area.dataset.picker, insert };
      button.addEventListener("click", () =>
        area.dispatchEvent(new CustomEvent("desk:pick-image", { bubbles: true, detail })),
      );
      buttons.push(button);
    }
    area.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      const tool = TOOLS.find(([, , , key]) => key === event.key.toLowerCase());
      if (!tool) return;
      event.preventDefault();
      tool[2](area);
    });
    return make("div", { class: "writing__tools", role: "group", "aria-label": words.tools }, ...buttons);
  };

  const begins = (area, isAlone) => {
    const words = JSON.parse(area.dataset.words);
    const count = make("p", { class: "writing__count" });
    const pane = make("div", { class: "writing__pane" });
    const both = make("div", { class: "writing__both" });
    const tools = toolbar(area, words);
    const toggle = make("button", { type: "button", "data-tool": "preview" }, words.preview);
    tools.append(toggle);
    const writing = make("div", { class: "writing" }, tools, both, count);
    area.before(writing);
    both.append(area, pane);

    let timer = 0;
    const follow = () => {
      const number = countWords(area.value);
      const minutes = Math.max(number ? 1 : 0, Math.round(number / PACE));
      count.textContent = `${words.count} ${figure.format(number)}. ${words.minutes} ${figure.format(minutes)}.`;
      if (!pane.hidden) show(area, pane, words);
    };
    const open = (isShown) => {
      pane.hidden = !isShown;
      writing.classList.toggle("is-shown", isShown);
      toggle.setAttribute("aria-pressed", String(isShown));
      if (!isShown) pane.replaceChildren();
    };
    toggle.addEventListener("click", () => {
      open(pane.hidden);
      if (isAlone) recall(pane.hidden ? "no" : "yes");
      follow();
    });
    area.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(follow, PAUSE);
    });
    // Where several are written on one page each is shown when it is asked for: four frames at once are a crowd.
    const wanted = isAlone ? recalled() : "no";
    open(wanted ? wanted === "yes" : matchMedia(WIDE).matches);
    follow();
  };

  const start = () => {
    const areas = document.querySelectorAll("textarea[data-markdown]:not([readonly])");
    for (const area of areas) begins(area, areas.length === 1);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
