// The library of pictures, opened from the toolbar of a text (desk/writing.js): look, choose, and its line is typed.
// Without this script the picker's own page shows the lines to copy.
(() => {
  "use strict";
  const PAUSE = 300; // milliseconds without a key before the library is asked

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  /** A button for each picture found, or a sentence that says why there is none. */
  const shown = (pictures, choose) =>
    pictures.map((picture) => {
      const image = element("img", { src: picture.small_url, alt: "", loading: "lazy", width: 96, height: 96 });
      const button = element("button", { type: "button", className: "picking__one" }, image, picture.alt);
      button.addEventListener("click", () => choose(picture.snippet));
      return element("li", {}, button);
    });

  const open = (words, address, insert) => {
    const search = element("input", { type: "search", name: "q", autocomplete: "off" });
    const label = element("label", {}, `${words.search} `, search);
    const list = element("ul", { className: "picking__list" });
    const said = element("p", { className: "picking__said" });
    said.setAttribute("role", "status");
    const upload = element("a", { href: address, target: "_blank", rel: "noopener", textContent: words.upload });
    const close = element("button", { type: "button", textContent: words.close });
    const dialog = element("dialog", { className: "picking" });
    dialog.setAttribute("aria-label", words.pictures);
    dialog.append(label, said, list, element("p", { className: "picking__foot" }, upload, " ", close));
    const choose = (snippet) => {
      dialog.close();
      insert(snippet);
    };
    const look = async () => {
      const asked = search.value;
      try {
        const answer = await fetch(`${address}?${new URLSearchParams({ q: asked, format: "json" })}`);
        if (!answer.ok) throw new Error(String(answer.status));
        const { pictures } = await answer.json();
        if (asked !== search.value) return; // somebody typed on: that answer is on its way
        list.replaceChildren(...shown(pictures, choose));
        said.textContent = pictures.length ? "" : words.none;
      } catch {
        said.textContent = words.failed;
      }
    };
    let waiting;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(look, PAUSE);
    });
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault(); // or the form of the piece would be sent
    });
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    look();
  };

  document.addEventListener("desk:pick-image", (event) => {
    const { address, insert } = event.detail;
    open(JSON.parse(event.target.dataset.words), address, insert);
  });
})();
