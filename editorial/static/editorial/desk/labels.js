"use strict";
// Names for what Django's own scripts draw without one: the search for a choice, and the marks beside two lists.
{
  const name = () => {
    for (const select of document.querySelectorAll("select.admin-autocomplete")) {
      const label = select.id && document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
      const box = select.parentElement?.querySelector(".select2-selection");
      if (!label || !box) continue;
      label.id ||= `${select.id}-label`;
      box.setAttribute("aria-labelledby", `${label.id} select2-${select.id}-container`);
      box.querySelector(".select2-selection__rendered")?.setAttribute("aria-labelledby", label.id);
    }
    for (const mark of document.querySelectorAll("span.help-tooltip[aria-label]")) mark.setAttribute("role", "img");
  };
  // They draw when it suits them: some before the page is whole, some after, some once a row is added.
  new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  name();
}
