// Votes in place. Without this script a vote is a form, a redirect and a sentence; with it the page is not left.
// Public pages are the same for everyone, so a reader's own vote is asked for, and only on a device that has voted or
// has seen its reader signed in: a first visit causes no request.
(() => {
  "use strict";
  /**
   * @typedef {{choice: "ship" | "skip" | null, standing: "inked" | "pencilled" | "pending" | "none",
   *   message: string, signed_in?: boolean}} Standing
   * @typedef {{headline: string, detail: string, note: string, flip: string, label: string,
   *   percent: number | null, low: number | null, high: number | null}} Community
   */
  const PATIENCE = 15_000; // milliseconds

  const remembers = (key) => {
    try {
      return localStorage.getItem(key) === "yes";
    } catch {
      return false; // storage may be switched off; the page then starts as for a first visit
    }
  };
  const remember = (key, value) => {
    try {
      if (value) localStorage.setItem(key, "yes");
      else localStorage.removeItem(key);
    } catch {
      // as above
    }
  };
  const part = (block, name) => block.querySelector(`[data-part="${name}"]`);
  const parts = (block, name) => block.querySelectorAll(`[data-part="${name}"]`);

  /** The message with its first sentence strong, and the way to make a pencilled vote count. */
  const writeNote = (form, /** @type {Standing} */ answer) => {
    const note = part(form, "note");
    const [first, ...rest] = answer.message.split(/(?<=\.)\s+/);
    const lead = document.createElement("b");
    lead.textContent = first;
    note.replaceChildren(lead, ` ${rest.join(" ")}`);
    if (answer.standing !== "pencilled" || answer.signed_in) return;
    const link = document.createElement("a");
    link.href = form.dataset.signIn;
    link.rel = "nofollow";
    link.textContent = form.dataset.signInWords;
    note.append(" ", link);
  };

  const showStanding = (form, /** @type {Standing} */ answer) => {
    form.classList.add("is-live");
    for (const button of form.querySelectorAll(".vote-buttons button"))
      button.setAttribute("aria-pressed", String(button.value === answer.choice));
    form
      .querySelector(".vote-buttons")
      .classList.toggle("is-pencilled", answer.standing === "pencilled" || answer.standing === "pending");
    part(form, "take").hidden = answer.choice === null;
    part(form, "error").textContent = "";
    writeNote(form, answer);
  };

  const showCommunity = (block, /** @type {Community} */ facts, passing) => {
    for (const name of ["headline", "detail", "note", "flip"]) part(block, name).textContent = facts[name] ?? "";
    const gauge = part(block, "gauge");
    const shown = facts.percent !== null;
    gauge.classList.toggle("gauge-empty", !shown);
    if (shown) {
      gauge.setAttribute("role", "img");
      gauge.setAttribute("aria-label", facts.label);
      gauge.removeAttribute("aria-hidden");
    } else {
      gauge.removeAttribute("role");
      gauge.removeAttribute("aria-label");
      gauge.setAttribute("aria-hidden", "true");
    }
    const move = (name, attributes, percent) => {
      for (const shape of parts(gauge, name))
        for (const attribute of attributes) shape.setAttribute(attribute, `${percent ?? 0}%`);
    };
    move("fill", ["width"], facts.percent);
    move("estimate", ["x1", "x2"], facts.percent);
    move("low", ["x1", "x2"], facts.low);
    move("high", ["x1", "x2"], facts.high);
    move("range", ["x1"], facts.low);
    move("range", ["x2"], facts.high);
    part(block, "passing").textContent = passing;
    part(block, "passing-line").hidden = !passing;
  };

  /** The server's answer; throws with the sentence to show. */
  const send = async (form, choice) => {
    let response;
    let answer;
    try {
      response = await fetch(form.action, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ choice }),
        signal: AbortSignal.timeout(PATIENCE),
      });
      answer = await response.json();
    } catch {
      throw new Error(form.dataset.unreached);
    }
    if (!response.ok) throw new Error(answer.error || form.dataset.unreached);
    return answer;
  };

  // Busy buttons are announced as disabled and do nothing, but keep the focus, which "disabled" would take away.
  const setBusy = (form, busy) => {
    form.dataset.busy = busy ? "yes" : "";
    for (const button of form.querySelectorAll("button"))
      if (busy) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
  };

  const vote = async (form, button) => {
    if (form.dataset.busy) return;
    setBusy(form, true);
    try {
      const answer = await send(form, button.value);
      if (answer.choice) remember("voted", true);
      showStanding(form, answer);
      for (const block of document.querySelectorAll(`[data-community="${form.dataset.vote}"]`))
        showCommunity(block, answer.community, answer.passing);
      if (button.value === "none") form.querySelector(".vote-buttons button").focus(); // the pressed one is gone
    } catch (error) {
      part(form, "error").textContent = error.message;
    } finally {
      setBusy(form, false);
    }
  };

  /** The reader's own votes on the tools of this page, shown without being announced. */
  const showMine = async (forms) => {
    const query = new URLSearchParams(forms.map((form) => ["tool", form.dataset.vote]));
    let votes;
    try {
      const response = await fetch(`/votes/?${query}`, { signal: AbortSignal.timeout(PATIENCE) });
      votes = response.ok ? (await response.json()).votes : {};
    } catch {
      return; // the page stays as it was: nothing is claimed that is not known
    }
    for (const form of forms) {
      const mine = votes[form.dataset.vote];
      // The address may claim a vote that is not there: it was taken back since, or it is somebody else's address.
      if (form.dataset.busy || !(mine?.choice || (mine && form.querySelector(":target")))) continue;
      const note = part(form, "note");
      note.setAttribute("aria-live", "off");
      showStanding(form, mine);
      setTimeout(() => note.removeAttribute("aria-live"), 1000);
    }
  };

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-vote]") || !event.submitter?.value) return;
    event.preventDefault();
    vote(event.target, event.submitter);
  });

  const reader = document.body.dataset.reader;
  if (reader) remember("signed-in", reader === "signed-in");
  if (/^#vote-.+-(inked|pencilled|pending)$/.test(location.hash)) remember("voted", true);
  const forms = [...document.querySelectorAll("form[data-vote]")];
  if (forms.length && (remembers("voted") || remembers("signed-in"))) showMine(forms);
})();
