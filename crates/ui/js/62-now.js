// When a form was sent, told from the server's clock: the moment at which the page was made (`data-now`) and the time that has passed on
// the phone since. A report that waits for signal then counts from when it was made, even on a phone whose clock is wrong.
// Registered before the photos' queue reads the form.
import { enhance } from "./00-core.js";

enhance("input[data-now]", (input) => {
  const made = Date.parse(input.dataset.now);
  const opened = Date.now();
  input.form?.addEventListener("submit", () => {
    if (made) input.value = new Date(made + Date.now() - opened).toISOString();
  }, { capture: true });
});
