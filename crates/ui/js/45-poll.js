// Follows a job's progress: asks for the fragment again and again and puts it in the old one's place. The server ends it by
// answering with a fragment that has no data-poll-url.
import { enhance, refresh } from "./00-core.js";

const SECONDS_MAX = 30;

enhance("[data-poll-url]", (element) => {
  let seconds = Math.max(1, Number(element.dataset.pollSeconds) || 2);

  async function ask() {
    if (!element.isConnected) return;
    if (document.hidden) return void setTimeout(ask, seconds * 1000);
    try {
      const answer = await fetch(element.dataset.pollUrl, { headers: { "X-Fragment": "1" } });
      if (!answer.ok || answer.redirected) throw new Error(`status ${answer.status}`);
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      const next = holder.content.firstElementChild;
      if (!next) return;
      element.replaceWith(next);
      refresh(next);
    } catch {
      seconds = Math.min(SECONDS_MAX, seconds * 2);
      setTimeout(ask, seconds * 1000);
    }
  }
  setTimeout(ask, seconds * 1000);
});
