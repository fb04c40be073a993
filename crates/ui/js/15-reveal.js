// Questions that belong to a choice: shown while it is chosen. Without script they are always shown.
import { enhance } from "./00-core.js";

enhance("[data-reveals]", (input) => {
  const fields = document.getElementById(input.dataset.reveals);
  if (!fields) return;
  const show = () => { fields.hidden = !input.checked; };
  const scope = input.form ?? document;
  // A radio that is no longer chosen gets no event of its own: listen to its whole group.
  for (const other of scope.querySelectorAll(`input[name="${CSS.escape(input.name)}"]`)) other.addEventListener("change", show);
  show();
});
