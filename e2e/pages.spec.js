// Every page that a role can reach by links: it answers, the console is quiet, axe finds nothing, and it fits a phone.
//
// Each kind of page (`/repairs/{}`) is looked at once for each role. axe is slow, so that it looks at a kind of page again only when
// the page holds something that it did not hold for the roles before: an element in a place that is new.
import { PHONE, DESK, expect, test, watch } from "./support/test.js";
import { overflow, violations } from "./support/fine.js";

const ROLES = [
  "administrator", "housing-officer", "planner", "client-officer", "auditor", "call-handler", "operative", "repairs-manager",
  "client-manager", "finance", "performance", "complaints", "councillor", "resident",
];

/** Pages of one kind (`/repairs/{}`) that are looked at, and kinds of query on one path. */
const SAME_KIND_MAX = 1;
const QUERIES_MAX = 2;
/** More than any role has; a crawl that gets there follows links that never end. */
const PAGES_MAX = 120;

/** What differs between pages of one kind: references, ids, numbers, days, and the keys of figures and standards. */
function kindOf(path) {
  const steps = path.split("/").map((step, place, all) => {
    const named = place === 2 && ["figures", "standards", "operatives", "rates"].includes(all[1]);
    return named || /\d/.test(step) ? "{}" : step;
  });
  return steps.join("/");
}

/** Files and other things that are no pages. */
const isPage = (url) => !/\.(csv|xlsx|json|txt|pdf|png|jpe?g|zip)$/.test(url.pathname)
  && !/^\/(assets|api|documents|sign-out|imports\/template)(\/|$)/.test(url.pathname) && !url.pathname.endsWith("/bad-rows");

/** Keeps what is still to be looked at: one page of each kind, and a few of its forms of query. */
class Frontier {
  constructor(origin) {
    this.origin = origin;
    this.waiting = [];
    this.kinds = new Map();
    this.seen = new Set();
  }

  add(href, from) {
    const url = new URL(href, this.origin);
    url.hash = "";
    if (url.origin !== this.origin || !isPage(url)) return;
    const kind = kindOf(url.pathname);
    const query = [...new Set(url.searchParams.keys())].sort().join("&");
    const known = this.kinds.get(kind) ?? { pages: new Set(), queries: new Set() };
    this.kinds.set(kind, known);
    if (query ? known.queries.has(query) || known.queries.size >= QUERIES_MAX : known.pages.size >= SAME_KIND_MAX) return;
    (query ? known.queries : known.pages).add(query || url.pathname);
    if (this.seen.has(url.href)) return;
    this.seen.add(url.href);
    this.waiting.push({ url: url.href, from });
  }

  next() {
    return this.waiting.shift();
  }
}

for (const role of ROLES) {
  test(`pages of ${role}`, async ({ open, baseURL }) => {
    test.setTimeout(600_000);
    const page = await open(role);
    const complaints = watch(page);
    const frontier = new Frontier(new URL(baseURL).origin);
    frontier.add("/", "start");
    let looked = 0;
    for (let step = frontier.next(); step; step = frontier.next()) {
      looked += 1;
      expect(looked, "pages of one role").toBeLessThanOrEqual(PAGES_MAX);
      await look(page, step, complaints);
      for (const href of await page.locator("a[href]:not([download])").evaluateAll((links) => links.map((link) => link.href))) {
        frontier.add(href, new URL(page.url()).pathname);
      }
    }
    test.info().annotations.push({ type: "pages", description: `${looked}: ${[...frontier.kinds.keys()].sort().join(" ")}` });
  });
}

/** Looks at one page on a desk and on a phone. A fault does not end the crawl. */
async function look(page, { url, from }, complaints) {
  const name = url.replace(/^https?:\/\/[^/]+/, "");
  await page.setViewportSize(DESK);
  const answer = await page.goto(url);
  expect.soft(answer.status(), `${name}, linked from ${from}`).toBeLessThan(400);
  if (answer.status() >= 400) return void complaints.splice(0);
  await fits(page, name);
  await page.setViewportSize(PHONE);
  await fits(page, name);
  expect.soft(complaints.splice(0), `console of ${name}`).toEqual([]);
}

const shapesKnown = new Map();

/** Whether the page holds an element, in its parent, that no page of this kind held before at this width. */
async function isNews(page, key) {
  const shapes = await page.evaluate(() => [...document.body.querySelectorAll("*")].map((element) => {
    const shape = (one) => `${one.tagName}.${one.className.baseVal ?? one.className}[${one.getAttribute("type") ?? ""}]`;
    return `${shape(element.parentElement)}>${shape(element)}`;
  }));
  const known = shapesKnown.get(key) ?? new Set();
  shapesKnown.set(key, known);
  const before = known.size;
  for (const shape of shapes) known.add(shape);
  return known.size > before;
}

async function fits(page, name) {
  const { width } = page.viewportSize();
  const where = `${name} at ${width} px`;
  if (await isNews(page, `${kindOf(new URL(page.url()).pathname)}@${width}`)) {
    expect.soft(await violations(page), `axe: ${where}`).toEqual([]);
  }
  expect.soft(await overflow(page), `scrolls sideways: ${where}`).toBeLessThanOrEqual(0);
}
