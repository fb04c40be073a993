// Answers as you type: an ARIA combobox over the header's box. Without it, Enter opens the page of results.
import { enhance } from "./00-core.js";

const WAIT_MS = 120;
const LENGTH_MIN = 2;

enhance("form[data-suggest]", (form) => {
  const input = form.querySelector('input[type="search"]');
  const list = document.createElement("ul");
  const status = document.createElement("p");
  let active = -1;
  let timer = 0;
  let request = null;
  let asked = "";

  list.className = "rt-search__list";
  list.id = "rt-search-list";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  status.className = "govuk-visually-hidden";
  status.setAttribute("role", "status");
  form.append(list, status);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);

  const options = () => [...list.querySelectorAll('[role="option"]:not([aria-disabled])')];

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(index) {
    const all = options();
    active = all.length ? (index + all.length) % all.length : -1;
    all.forEach((option, place) => option.setAttribute("aria-selected", String(place === active)));
    if (active < 0) return;
    input.setAttribute("aria-activedescendant", all[active].id);
    all[active].scrollIntoView({ block: "nearest" });
  }

  function show(html) {
    list.innerHTML = html;
    const all = options();
    all.forEach((option, place) => {
      option.id ||= `rt-hit-${place}`;
      option.setAttribute("aria-selected", "false");
    });
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = list.childElementCount === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (all.length) status.textContent = all.length === 1 ? "1 suggestion" : `${all.length} suggestions`;
    else status.textContent = list.textContent.trim();
  }

  async function ask() {
    const text = input.value.trim();
    if (text === asked) return;
    asked = text;
    request?.abort();
    if (text.length < LENGTH_MIN) return close();
    request = new AbortController();
    try {
      const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(text)}`, { signal: request.signal });
      if (answer.ok && !answer.redirected) show(await answer.text());
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  function open(option) {
    const href = option?.dataset.href ?? option?.querySelector("a")?.href;
    if (href) location.assign(href);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) return;
      event.preventDefault();
      mark(event.key === "ArrowDown" ? active + 1 : active < 0 ? -1 : active - 1);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      open(options()[active]);
    }
  });
  input.addEventListener("focus", () => {
    if (options().length) list.hidden = false;
    input.setAttribute("aria-expanded", String(!list.hidden));
  });
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget)) setTimeout(close, 150);
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    if (!event.target.closest("a")) open(event.target.closest('[role="option"]'));
  });
});
