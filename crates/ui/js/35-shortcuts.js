// Keys for those who answer calls: `/` goes to the search box, `r` reports a repair, `g` then `r` goes to the repairs, `?` lists them. Whoever types by voice or hits
// keys by accident can turn them off in the account menu (WCAG 2.1.4).
import { enhance, typing } from "./00-core.js";

const OFF = "rooftree.shortcuts-off";
const WAIT_MS = 900;
let typed = "";
let timer = 0;

function off() {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
}

/** What a key does: what the page itself offers, which knows whom and what it is about, comes before the header's. */
function target(keys) {
  const found = [...document.querySelectorAll("[data-shortcut]")].filter((element) => element.dataset.shortcut === keys);
  return found.find((element) => element.closest("main")) ?? found[0];
}

/** The keys of this page with what they do, in a window that Escape closes. */
function show() {
  const dialog = document.createElement("dialog");
  dialog.className = "rt-keys";
  dialog.setAttribute("aria-labelledby", "rt-keys-title");
  const title = document.createElement("h2");
  title.id = "rt-keys-title";
  title.className = "govuk-heading-m";
  title.textContent = "Keyboard shortcuts";
  const list = document.createElement("dl");
  const shown = [...document.querySelectorAll("[data-shortcut]")].filter((element) => target(element.dataset.shortcut) === element);
  const lines = shown.map((element) => [
    element.dataset.shortcut,
    element.getAttribute("aria-label") || element.textContent.trim() || element.getAttribute("placeholder") || element.name,
  ]);
  for (const [keys, words] of [...lines, ["?", "This list"]]) {
    const term = document.createElement("dt");
    for (const key of keys.split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = key;
      term.append(cap);
    }
    const what = document.createElement("dd");
    what.textContent = words;
    list.append(term, what);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "govuk-button govuk-button--secondary";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.append(title, list, close);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (off() || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || typing(event)) return;
  clearTimeout(timer);
  timer = setTimeout(() => { typed = ""; }, WAIT_MS);
  if (event.key === "?" && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    show();
    return;
  }
  const sequence = typed ? `${typed} ${event.key}` : event.key;
  const element = target(sequence) ?? target(event.key);
  typed = element ? "" : event.key;
  if (!element) return;
  event.preventDefault();
  element.focus();
  if (element.matches("input, textarea, select")) element.select?.();
  else element.click();
});

enhance("[data-shortcuts-toggle]", (button) => {
  const say = () => { button.textContent = off() ? "Turn keyboard shortcuts on" : "Turn keyboard shortcuts off"; };
  button.hidden = false;
  say();
  button.addEventListener("click", () => {
    try {
      if (off()) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "1");
    } catch {
      // Storage is refused: the shortcuts stay as they are.
    }
    say();
  });
});
