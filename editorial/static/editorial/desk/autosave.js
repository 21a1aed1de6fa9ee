// Keeps what somebody types at the desk in their own browser until it is saved, and offers it again after a crash, a
// reload or a sign-in. Without it, or without storage, the form works as it does anyway.
"use strict";

(() => {
  const PREFIX = "drydock:typed:";
  const SENT = "drydock:sent";
  const GOOD_FOR = 14 * 24 * 3600 * 1000;
  const WAIT = 1500;

  let store;
  try {
    store = window.localStorage;
    store.setItem(PREFIX, "");
    store.removeItem(PREFIX);
  } catch {
    return; // no storage here, or none left
  }

  const read = (key) => {
    try {
      return JSON.parse(store.getItem(key));
    } catch {
      return null;
    }
  };

  // What was sent was saved if the next page says that something succeeded. A page that refused it says nothing of the
  // kind, and neither does the one that asks who you are.
  const forgetWhatWasSaved = () => {
    const sent = window.sessionStorage.getItem(SENT);
    window.sessionStorage.removeItem(SENT);
    if (sent && document.querySelector(".messagelist .success")) store.removeItem(sent);
  };

  const forgetWhatIsOld = () => {
    for (const key of Object.keys(store).filter((name) => name.startsWith(PREFIX))) {
      const kept = read(key);
      if (!kept || Date.now() - kept.at > GOOD_FOR) store.removeItem(key);
    }
  };

  const ASKED =
    "textarea, select, input:not([type]), input[type=text], input[type=url], input[type=number], input[type=radio]";
  const ROW = /^(.+)-(\d+)-([^-]+)$/;

  // A row of a table is known by the number of what is stored there, a new one by its place among the new ones.
  const nameOf = (form, field) => {
    const [, table, place, name] = ROW.exec(field.name) || [];
    if (!table) return field.name;
    const stored = (number) => form.elements[`${table}-${number}-id`]?.value || "";
    if (stored(place)) return `${table}#${stored(place)}#${name}`;
    let before = 0;
    for (let number = 0; number < Number(place); number += 1) if (!stored(number)) before += 1;
    return `${table}+${before}+${name}`;
  };

  const fieldsOf = (form) => {
    const fields = new Map();
    for (const field of form.querySelectorAll(ASKED)) {
      if (!field.name || field.name.startsWith("_") || field.name.includes("__prefix__")) continue;
      if (field.name === "action" || field.disabled || field.readOnly) continue;
      fields.set(nameOf(form, field), field);
    }
    return fields;
  };

  // Of radio buttons the last one stands for all of them.
  const radiosOf = (field) => [...field.form.querySelectorAll(`[type=radio][name="${CSS.escape(field.name)}"]`)];
  const valueOf = (field) =>
    field.type === "radio" ? (radiosOf(field).find((radio) => radio.checked)?.value ?? "") : field.value;
  const valuesOf = (form) => new Map([...fieldsOf(form)].map(([name, field]) => [name, valueOf(field)]));

  // What the server sent, not what stands there now: somebody may have typed before this script was loaded.
  const sentIn = (field) => {
    if (field.type === "radio") return radiosOf(field).find((radio) => radio.defaultChecked)?.value ?? "";
    if (!field.matches("select")) return field.defaultValue;
    return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value ?? "";
  };
  const sentWith = (form) => new Map([...fieldsOf(form)].map(([name, field]) => [name, sentIn(field)]));

  const labelOf = (field) => {
    if (field.type === "radio") return (field.closest("fieldset")?.querySelector("legend")?.textContent ?? field.name).trim();
    const column = [...(field.closest("td")?.classList ?? [])].find((name) => name.startsWith("field-"));
    const header = column && field.closest("table").querySelector(`.${column.replace("field-", "column-")}`);
    const row = field.closest("tr")?.querySelector(".original p")?.firstChild?.textContent.trim();
    const label = header?.textContent || field.labels?.[0]?.textContent || field.name;
    return `${header && row ? `${row}, ` : ""}${label.trim().replace(/:$/, "")}`;
  };

  // A choice is said by its own words, a text by its length.
  const saidOf = (list, field, value) => {
    if (field?.type !== "radio") {
      return list.dataset.now.replace("%1", value.length).replace("%2", field ? field.value.length : 0);
    }
    const called = (chosen) => {
      const words = radiosOf(field).find((radio) => radio.value === chosen)?.labels[0]?.childNodes ?? [];
      const plain = [...words].filter((node) => node.nodeType === Node.TEXT_NODE);
      return plain.map((node) => node.data).join("").trim() || "–";
    };
    return list.dataset.chosen.replace("%1", called(value)).replace("%2", called(valueOf(field)));
  };

  // As many new rows as were typed, by the table's own link that adds one.
  const addRows = (form, names) => {
    for (const name of names) {
      const [, table, place] = /^(.+)\+(\d+)\+/.exec(name) || [];
      for (let tries = 0; table && tries <= Number(place) && !fieldsOf(form).has(name); tries += 1) {
        document.querySelector(`#${CSS.escape(table)}-group .add-row a, #${CSS.escape(table)}-group a.addlink`)?.click();
      }
    }
  };

  const watch = (box) => {
    const form = box.closest("form");
    const key = PREFIX + box.dataset.key;
    // What says how old the form is: one of a piece's form, one for each place on the panel's page.
    const marks = () => [...form.querySelectorAll("[name=_opened_at], [name$=-opened]")];
    // A form that was refused holds words that are nowhere else: all of it is typed.
    const opened = document.querySelector(".errornote") ? new Map() : sentWith(form);
    let pending = read(key);
    let timer = 0;

    const keep = () => {
      window.clearTimeout(timer);
      timer = 0;
      const typed = [...valuesOf(form)].filter(([name, value]) => value && value !== (opened.get(name) ?? ""));
      const emptied = [...valuesOf(form)].filter(([name, value]) => !value && opened.get(name));
      const fields = { ...pending?.fields, ...Object.fromEntries([...typed, ...emptied]) };
      if (Object.keys(fields).length === 0) return store.removeItem(key);
      try {
        const seen = pending?.opened ?? Object.fromEntries(marks().map(({ name, value }) => [name, value]));
        store.setItem(key, JSON.stringify({ at: Date.now(), opened: seen, fields }));
      } catch {
        // storage is full: what was kept before stays
      }
    };

    const differing = () => {
      const now = valuesOf(form);
      return Object.entries(pending.fields).filter(([name, value]) => {
        const plain = (text) => (text ?? "").replace(/\r\n/g, "\n");
        return plain(now.get(name)) !== plain(value);
      });
    };

    const offer = () => {
      const fields = fieldsOf(form);
      const list = box.querySelector("ul");
      box.querySelector("time").textContent = new Date(pending.at).toLocaleString(document.documentElement.lang, {
        dateStyle: "medium",
        timeStyle: "short",
      });
      for (const [name, value] of differing()) {
        const item = document.createElement("li");
        const now = fields.get(name);
        item.textContent = `${now ? labelOf(now) : name.split(/[#+]/).join(" ")}: ${saidOf(list, now, value)}`;
        list.append(item);
      }
      box.hidden = false;
      // After a reload the browser would scroll to where one was, past the offer.
      window.history.scrollRestoration = "manual";
      box.tabIndex = -1;
      box.focus();
    };

    const restore = () => {
      addRows(form, Object.keys(pending.fields));
      const fields = fieldsOf(form);
      for (const [name, value] of differing()) {
        const field = fields.get(name);
        if (!field || (field.matches("select") && ![...field.options].some((option) => option.value === value))) continue;
        const place = field.type === "radio" ? radiosOf(field).find((radio) => radio.value === value) : field;
        if (!place) continue;
        if (field.type === "radio") place.checked = true;
        else place.value = value;
        place.dispatchEvent(new Event("input", { bubbles: true }));
        place.dispatchEvent(new Event("change", { bubbles: true }));
      }
      // Whoever saved since then is not written over: the form is as old as the words in it.
      for (const mark of marks()) mark.value = pending.opened?.[mark.name] ?? mark.value;
      close();
      keep();
    };

    const close = () => {
      pending = null;
      box.hidden = true;
      form.querySelector("textarea, input[type=text]")?.focus();
    };

    if (pending && differing().length > 0) offer();
    else {
      pending = null;
      keep();
    }

    box.addEventListener("click", ({ target }) => {
      if (target.dataset.do === "restore") restore();
      if (target.dataset.do === "discard") {
        store.removeItem(key);
        close();
      }
    });
    form.addEventListener("input", ({ target }) => {
      if (target.name && !timer) timer = window.setTimeout(keep, WAIT);
    });
    form.addEventListener("change", () => {
      if (!timer) timer = window.setTimeout(keep, WAIT);
    });
    form.addEventListener("submit", () => {
      keep();
      window.sessionStorage.setItem(SENT, key);
    });
    window.addEventListener("pagehide", () => {
      if (timer) keep();
    });
  };

  // Whoever was signed out and in again, in another tab, goes on in this one: its form gets the token of the new session.
  const follow = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch(document.getElementById("typed").dataset.token, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const { token } = await answer.json();
      for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
    } catch {
      // offline for a moment, or signed out: saving says so
    }
  };

  const begin = () => {
    forgetWhatWasSaved();
    forgetWhatIsOld();
    const box = document.getElementById("typed");
    if (!box) return;
    watch(box);
    document.addEventListener("visibilitychange", follow);
    window.addEventListener("focus", follow);
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
