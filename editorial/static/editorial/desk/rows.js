"use strict";
// The empty row below a table is for those without script. With it a row is begun by a link, so that this takes the
// empty ones away before Django's own script counts them.
{
  for (const table of document.querySelectorAll(".js-inline-admin-formset")) {
    const total = table.querySelector("[name$='-TOTAL_FORMS']");
    const row = table.dataset.inlineType === "tabular" ? "tr.form-row" : ".inline-related";
    const rows = [...table.querySelectorAll(`${row}:not(.empty-form)`)];
    while (total && rows.at(-1)?.classList.contains("is-spare")) rows.pop().remove();
    if (total) total.value = rows.length;
  }
}
