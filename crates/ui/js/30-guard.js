// Warns before typed text is lost by leaving the page.
import { enhance } from "./00-core.js";

enhance("form[data-guard]", (form) => {
  let changed = false;
  const warn = (event) => {
    if (changed) event.preventDefault();
  };
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", warn);
});
