// Follows a job's progress: asks for the fragment again and again and puts it in the old one's place. The server ends it by
// answering with a fragment that has no data-poll-url.
import { enhance, refresh } from "./00-core.js";

const SECONDS_MAX = 30;
const REGIONS = '[tabindex="0"][role="region"]';

/** Remembers how far the reader has scrolled and where the keyboard is; the answer puts both back into the new fragment. */
function keep(old) {
  const scrolls = [...old.querySelectorAll(REGIONS)].map((region) => [region.scrollLeft, region.scrollTop]);
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const region = focused ? [...old.querySelectorAll(REGIONS)].indexOf(focused) : -1;
  return (next) => {
    const regions = [...next.querySelectorAll(REGIONS)];
    for (const [index, place] of scrolls.entries()) regions[index]?.scrollTo(...place);
    const href = focused?.getAttribute("href");
    const again = regions[region] ?? (href ? next.querySelector(`a[href="${CSS.escape(href)}"]`) : null);
    again?.focus({ preventScroll: true });
  };
}

enhance("[data-poll-url]", (element) => {
  let seconds = Math.max(1, Number(element.dataset.pollSeconds) || 2);

  async function ask() {
    if (!element.isConnected) return;
    // Nothing is taken from under somebody's hands while they move a visit.
    if (document.hidden || element.querySelector(".rt-visit--moving")) return void setTimeout(ask, seconds * 1000);
    try {
      const answer = await fetch(element.dataset.pollUrl, { headers: { "X-Fragment": "1" } });
      if (!answer.ok || answer.redirected) throw new Error(`status ${answer.status}`);
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      const next = holder.content.firstElementChild;
      if (!next) return;
      const restore = keep(element);
      element.replaceWith(next);
      refresh(next);
      restore(next);
    } catch {
      seconds = Math.min(SECONDS_MAX, seconds * 2);
      setTimeout(ask, seconds * 1000);
    }
  }
  setTimeout(ask, seconds * 1000);
});
