// What the other files share. Every enhancement is registered for a selector, so that it also takes hold of fragments that
// arrive later. Nothing here is needed to use a page.

const enhancements = [];

/** Runs `apply` once for each element that matches, now and in every fragment that arrives. */
export function enhance(selector, apply) {
  enhancements.push({ selector, apply, done: new WeakSet() });
  refresh(document);
}

/** Takes hold of a fragment that has just been put into the page. */
export function refresh(root) {
  for (const { selector, apply, done } of enhancements) {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.unshift(root);
    for (const element of found) {
      if (done.has(element)) continue;
      done.add(element);
      apply(element);
    }
  }
}

/** The token that POST requests carry. */
export function csrf() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/** The name of the form field that carries it. */
export const CSRF_FIELD = "_csrf";

/** True when a key press belongs to what is being typed. */
export function typing(event) {
  return event.target.closest?.("input, textarea, select, [contenteditable]") !== null;
}

/** A random name, also where the page is not served over HTTPS. */
export function randomName() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The document in an answer of the server. */
export async function parsed(response) {
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

/** True when the answer is the sign-in page instead of what was asked for: the session has ended. */
export function signedOut(response) {
  return response.status === 401 || (response.redirected && new URL(response.url).pathname.startsWith("/sign-in"));
}
