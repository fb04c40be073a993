// A councillor reads figures on a tablet: no names, no numbers, no addresses.
import { expect, test } from "../support/test.js";
import { expectFine } from "../support/fine.js";
import { residents } from "../support/world.js";

test("a councillor sees figures and their rows, and nobody's personal data", async ({ open }) => {
  const people = await residents(await open("auditor"));
  const page = await open("councillor", { viewport: { width: 820, height: 1180 } });
  const seen = [];
  const read = async () => seen.push([page.url(), await page.getByRole("main").innerText()]);

  await page.goto("/");
  await expect(page).toHaveURL(/\/figures$/);
  await expectFine(page);
  await read();
  for (const measure of ["repairs.rp02-emergency", "repairs.completed-on-time", "repairs.jobs-reported"]) {
    await page.goto(`/figures/${measure}`);
    await expectFine(page);
    await read();
    await page.getByRole("link", { name: "See the rows" }).click();
    await expect(page.getByRole("table").getByRole("row").nth(1)).toContainText(/R-\d+/);
    await expectFine(page);
    await read();
    expect(await page.getByRole("main").locator('a[href*="/repairs/"], a[href*="/homes/"], a[href*="/people/"]').count()).toBe(0);
  }
  await page.goto("/standards");
  await read();
  for (const [url, text] of seen) {
    for (const person of people) {
      for (const secret of [person.name, person.phone, person.address]) expect(text.includes(secret), `${secret} on ${url}`).toBe(false);
    }
    expect(text, url).not.toMatch(/\bOX\d \d[A-Z]{2}\b/);
  }
});

test("what a councillor may not see is refused with a page that says so", async ({ open }) => {
  const [someone] = await residents(await open("auditor"));
  const page = await open("councillor");
  for (const path of ["/people", `/people/${someone.person}`, `/homes/${someone.home}`, "/repairs", "/repairs.csv", "/journal", "/board", `/search?q=${someone.name}`]) {
    const answer = await page.request.get(path);
    const text = await answer.text();
    if (path.startsWith("/search")) expect(answer.status()).toBe(200);
    else expect([403, 404], path).toContain(answer.status());
    expect(text.includes(someone.phone), path).toBe(false);
    if (!path.startsWith("/search")) expect(text.includes(someone.name), path).toBe(false);
    expect(text.includes(someone.address), path).toBe(false);
  }
});
