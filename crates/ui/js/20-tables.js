// A click anywhere in a row opens it; one box ticks all.
import { enhance } from "./00-core.js";

enhance("tr[data-href]", (row) => {
  row.classList.add("rt-js-row");
  row.addEventListener("click", (event) => {
    if (event.target.closest("a, button, input, label, select, summary") || String(getSelection())) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
    else location.assign(row.dataset.href);
  });
});

enhance("[data-tick-all]", (label) => {
  const all = label.querySelector("input");
  const boxes = [...label.closest("table").querySelectorAll('tbody .rt-tick input[type="checkbox"]')];
  const form = label.closest("form");
  const told = form?.querySelector("[data-tick-count]");
  label.hidden = false;

  function count() {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    if (told) told.textContent = ticked === 1 ? "1 chosen" : `${ticked} chosen`;
  }
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  for (const box of boxes) box.addEventListener("change", count);
  count();
});
