// GOV.UK Frontend's own behaviour: revealed questions, character counts, double clicks, the error summary's focus.
import { enhance } from "./00-core.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
try {
  initAll();
} catch (error) {
  console.warn("A form enhancement did not start; the page works without it.", error);
}
// On a phone a row of tabs is wider than the page: the chosen one must not lie outside it.
enhance(".rt-tabs [aria-current]", (link) => {
  const row = link.closest(".rt-tabs");
  row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.offsetWidth) / 2;
});
enhance("details[data-menu]", (menu) => {
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});
