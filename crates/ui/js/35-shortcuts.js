// Keys for those who answer calls: `/` goes to the search box, `g` then `r` to the repairs. Whoever types by voice or hits
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

function target(keys) {
  const found = [...document.querySelectorAll("[data-shortcut]")];
  return found.find((element) => element.dataset.shortcut === keys);
}

document.addEventListener("keydown", (event) => {
  if (off() || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || typing(event)) return;
  clearTimeout(timer);
  timer = setTimeout(() => { typed = ""; }, WAIT_MS);
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
