// Copies a reference or an address.
import { enhance } from "./00-core.js";

enhance("[data-copy]", (button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  const words = button.querySelector(".govuk-visually-hidden");
  const before = words?.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.classList.add("rt-copy--done");
    if (words) words.textContent = "Copied";
    setTimeout(() => {
      button.classList.remove("rt-copy--done");
      if (words) words.textContent = before;
    }, 1500);
  });
});
