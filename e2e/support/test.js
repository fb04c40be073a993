// What every test starts from: pages of signed-in people, and an eye on the browser's console.
import { test as base, expect } from "@playwright/test";
import { PASSWORD } from "./settings.js";

export { expect };

/** A phone as operatives and residents hold it. */
export const PHONE = { width: 390, height: 844 };
/** A desk. */
export const DESK = { width: 1280, height: 900 };

/** The address of the demo's first user of a role. */
export const email = (who) => (who.includes("@") ? who : `${who}@example.org`);

let addresses = 0;
/** A network address that no other test has; TEST_PARALLEL_INDEX tells the workers apart. */
function ownAddress() {
  addresses += 1;
  return `10.${Number(process.env.TEST_WORKER_INDEX ?? 0) % 250}.${Math.floor(addresses / 250)}.${(addresses % 250) + 1}`;
}

/**
 * Notes what the console complains of: errors of scripts, refusals by the content security policy, answers that failed.
 * A form that is refused on purpose answers 409 or 422, which Chromium counts as a failed load; those are the test's business.
 */
export function watch(page) {
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    const refusedForm = /the server responded with a status of (409|422)/.test(message.text());
    if (message.type() === "error" && !refusedForm) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) complaints.push(`${response.url()} answered ${response.status()}`);
  });
  return complaints;
}

/** Signs in by the form. */
export async function signIn(page, who, password = PASSWORD) {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail address").fill(email(who));
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export const test = base.extend({
  baseURL: async ({}, use) => use(process.env.ROOFTREE_URL),

  // Sessions opened by this worker, so that a role signs in once and not in every test.
  sessions: [async ({}, use) => use(new Map()), { scope: "worker" }],

  /**
   * `await open("planner")` gives a page of that user in a browser of their own; options are those of a browser context.
   * `await open(null)` gives one of nobody.
   */
  open: async ({ browser, baseURL, sessions }, use) => {
    const contexts = [];
    const complaints = [];
    await use(async (who, options = {}) => {
      const context = await browser.newContext({
        baseURL,
        viewport: DESK,
        locale: "en-GB",
        timezoneId: "Europe/London",
        extraHTTPHeaders: { "x-forwarded-for": ownAddress() },
        storageState: who ? sessions.get(email(who)) : undefined,
        ...options,
      });
      contexts.push(context);
      if (who && !sessions.has(email(who))) {
        const answer = await context.request.post("/sign-in", {
          form: { email: email(who), password: PASSWORD, next: "/account" },
        });
        expect(answer.url(), `${who} signs in`).toBe(`${baseURL}/account`);
        sessions.set(email(who), await context.storageState());
      }
      const page = await context.newPage();
      complaints.push(watch(page));
      return page;
    });
    for (const context of contexts) await context.close();
    expect(complaints.flat(), "the console is quiet").toEqual([]);
  },
});
