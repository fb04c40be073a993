// Photos from a phone with one bar of signal: previewed, made smaller, and kept in the phone until the server has them.
//
// A form with photos is sent by script. Before that it is written to IndexedDB as a whole, and removed only when the server
// has answered; if it does not, the form goes again when the phone is back online, at the next page, and every half minute.
// `_once` names the submission, so that one which arrived although its answer was lost is not recorded twice.
import { CSRF_FIELD, csrf, enhance, parsed, randomName, refresh, signedOut } from "./00-core.js";

const SIDE_MAX = 1920;
const QUALITY = 0.82;
const RETRY_MS = 30_000;
const ONCE = "_once";

// ---- making photos smaller ----

async function smaller(file) {
  if (!file.type.startsWith("image/")) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE_MAX / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size < 600_000 && file.type === "image/jpeg") return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg", lastModified: file.lastModified });
  } catch {
    return file; // A format the browser cannot read goes as it is; the server decides.
  }
}

// ---- the queue ----

const store = {
  open() {
    return new Promise((done, fail) => {
      const request = indexedDB.open("rooftree", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("unsent", { keyPath: "id" });
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });
  },
  async run(mode, act) {
    const database = await this.open();
    return new Promise((done, fail) => {
      const transaction = database.transaction("unsent", mode);
      const request = act(transaction.objectStore("unsent"));
      transaction.oncomplete = () => { database.close(); done(request.result); };
      transaction.onerror = transaction.onabort = () => { database.close(); fail(transaction.error); };
    });
  },
  put: (item) => store.run("readwrite", (items) => items.put(item)),
  remove: (id) => store.run("readwrite", (items) => items.delete(id)),
  all: () => store.run("readonly", (items) => items.getAll()),
};

function body(item) {
  const data = new FormData();
  for (const [name, value] of item.entries) data.append(name, value);
  if (csrf()) data.set(CSRF_FIELD, csrf());
  data.set(ONCE, item.id);
  return data;
}

/** Who is signed in: what one operative kept is never sent in another's name. */
const who = () => document.querySelector(".rt-account__name")?.textContent ?? "";
/** The server will take it later: keep it. */
const later = (answer) => !answer || signedOut(answer) || answer.status >= 500 || answer.status === 429;

// The answer is opened as a page afterwards, so its notice must outlive this reading of it.
const post = (item) => fetch(item.action, { method: "POST", body: body(item), headers: { Accept: "text/html", "X-Keep-Flash": "1" } });

async function tell() {
  const places = document.querySelectorAll("[data-photo-queue]");
  if (!places.length) return;
  const items = await store.all().catch(() => []);
  const refused = items.filter((item) => item.refused);
  for (const place of places) {
    place.hidden = items.length === 0;
    place.textContent = "";
    if (items.length > refused.length) {
      const count = items.length - refused.length;
      place.append(`${count === 1 ? "1 report is" : `${count} reports are`} kept on this phone and will be sent when there is signal. `);
    }
    for (const item of refused) {
      const link = document.createElement("a");
      link.href = item.page;
      link.textContent = `One report was refused: ${item.refused}. Open it again`;
      const drop = document.createElement("button");
      drop.type = "button";
      drop.className = "govuk-button govuk-button--secondary rt-button--small";
      drop.textContent = "Discard it";
      drop.addEventListener("click", async () => { await store.remove(item.id); tell(); });
      place.append(link, " ", drop);
    }
  }
}

/** One sender at a time, also across tabs; a second one leaves the work to the first. */
let sending = false;
async function alone(act, wait) {
  if (navigator.locks) return navigator.locks.request("rooftree-unsent", wait ? {} : { ifAvailable: true }, (lock) => lock && act());
  if (sending && !wait) return undefined;
  sending = true;
  try {
    return await act();
  } finally {
    sending = false;
  }
}

async function sendAll() {
  if (navigator.onLine) await alone(sendEach, false);
  tell();
}

async function sendEach() {
  try {
    for (const item of await store.all()) {
      if (item.refused || item.who !== who()) continue;
      const answer = await post(item);
      if (later(answer)) break;
      if (answer.ok) await store.remove(item.id);
      else await store.put({ ...item, refused: `the server answered ${answer.status}` });
    }
  } catch {
    // No signal: they stay.
  }
}

if (window.indexedDB) {
  window.addEventListener("online", sendAll);
  setInterval(sendAll, RETRY_MS);
  sendAll();
}

// ---- the form ----

function preview(input, list) {
  for (const old of list.querySelectorAll("img")) URL.revokeObjectURL(old.src);
  list.textContent = "";
  for (const file of input.files) {
    const item = document.createElement("li");
    const picture = document.createElement("img");
    picture.src = URL.createObjectURL(file);
    picture.alt = file.name;
    const state = document.createElement("span");
    state.className = "rt-photos__state";
    state.textContent = `${Math.max(1, Math.round(file.size / 1024))} kB`;
    item.append(picture, state);
    list.append(item);
  }
}

function give(input, files) {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  input.files = transfer.files;
}

/** Shows the server's refusal in place, with the photos still chosen; false when it has no place for them. */
async function showRefusal(form, answer) {
  const files = [...form.querySelectorAll('[data-photos] input[type="file"]')].map((input) => [input.name, [...input.files]]);
  const main = (await parsed(answer)).querySelector("main");
  if (!main) return false;
  document.querySelector("main").replaceWith(main);
  refresh(main);
  let held = true;
  for (const [name, kept] of files) {
    const input = main.querySelector(`[data-photos] input[name="${CSS.escape(name)}"]`);
    if (!kept.length) continue;
    if (!input) held = false;
    else {
      give(input, kept);
      preview(input, input.closest("[data-photos]").querySelector("[data-photo-list]"));
    }
  }
  main.focus();
  return held;
}

async function send(form, submitter) {
  const data = new FormData(form, submitter);
  // Read as attributes: a button without one would give the page's own address, and a field may be called `action`.
  const action = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
  const item = {
    id: randomName(), action: new URL(action, location.href).href, page: location.href, who: who(),
    entries: [...data.entries()],
  };
  const answer = await alone(async () => {
    await store.put(item);
    const response = await post(item).catch(() => null);
    if (!later(response)) await store.remove(item.id);
    return response;
  }, true);
  if (!answer) {
    await tell();
    const back = document.querySelector(".rt-op-head__back, .rt-crumbs__step:last-child a");
    document.querySelector("[data-photo-queue]")?.scrollIntoView();
    if (back) setTimeout(() => location.assign(back.href), 2500);
    return;
  }
  if (later(answer)) {
    await tell();
    if (signedOut(answer)) location.assign(answer.url);
    return;
  }
  if (answer.ok) location.assign(answer.url);
  else if (!(await showRefusal(form, answer))) await store.put({ ...item, refused: `the server answered ${answer.status}` });
}

enhance("[data-photos]", (holder) => {
  const input = holder.querySelector('input[type="file"]');
  const list = holder.querySelector("[data-photo-list]");
  const form = holder.closest("form");
  let chosen = [];

  input.addEventListener("change", async () => {
    // A phone's camera gives one photo at a time: what was taken before stays.
    const added = await Promise.all([...input.files].map(smaller));
    const known = new Set(chosen.map((file) => `${file.name}/${file.size}/${file.lastModified}`));
    chosen = [...chosen, ...added.filter((file) => !known.has(`${file.name}/${file.size}/${file.lastModified}`))];
    give(input, chosen);
    preview(input, list);
  });
  if (!form || !window.indexedDB || form.dataset.queued) return;
  form.dataset.queued = "1";
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || ![...form.querySelectorAll('[data-photos] input[type="file"]')].some((each) => each.files.length)) return;
    event.preventDefault();
    send(form, event.submitter).catch(() => HTMLFormElement.prototype.submit.call(form));
  });
});
