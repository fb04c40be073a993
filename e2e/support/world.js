// The demo landlord as the tests find it, and the little that they put right in it.
import { execFileSync } from "node:child_process";
import { expect } from "@playwright/test";
import { BIN, PASSWORD } from "./settings.js";

/**
 * Makes time irrelevant to what the tests do: operatives are on call around the clock today and tomorrow, so that an emergency
 * can be booked for today at whatever hour the tests run. The product has no page for shifts to do it with.
 */
export function onCallAroundTheClock() {
  const days = "(select extract(isodow from (now() at time zone 'Europe/London')::date + n)::int as weekday from generate_series(0, 1) n) days";
  sql(`delete from shift where weekday in (select weekday from ${days})`);
  sql(`insert into shift (operative_id, weekday, from_time, until_time)
       select operative.id, days.weekday, '00:00', '24:00' from operative, ${days}`);
}

/** Adds a user with the demo's password, by the command that an administrator would use. Gives the address. */
export function addUser(name, role) {
  const email = `${name.toLowerCase().replaceAll(" ", ".")}@example.org`;
  execFileSync(BIN, ["user", "add", "--email", email, "--name", name, "--role", role, "--password-stdin"], { input: `${PASSWORD}\n`, stdio: "pipe" });
  return email;
}

/** As if the hours that the resident was told had begun so many minutes ago: what can be done at a door depends on them. */
export function agreedEarlier(reference, minutes) {
  const changed = sql(`
    with moved as (
      update appointment a
      set window_starts_at = least(a.window_starts_at, now()) - interval '${Number(minutes)} minutes'
      from repair r where r.id = a.case_id and r.reference = '${/^R-\d+$/.exec(reference)[0]}' and a.status = 'booked'
      returning 1)
    select count(*) from moved`);
  expect(changed.trim()).toBe("1");
}

function sql(text) {
  const options = ["--no-psqlrc", "--quiet", "--tuples-only", "--set", "ON_ERROR_STOP=1"];
  return execFileSync("psql", [...options, "--dbname", process.env.ROOFTREE_E2E_DATABASE, "--command", text], { encoding: "utf8" });
}

/** People of the list who live in a home of ours and have a phone: name (`Given Family`), their page, number, home, address. */
export async function residents(page) {
  await page.goto("/people");
  const rows = await page.getByRole("row").evaluateAll((all) => all.map((row) => ({
    name: row.querySelector("th a")?.textContent.trim().split(", ").reverse().join(" "),
    person: row.querySelector("th a")?.getAttribute("href").split("/").at(-1),
    home: row.querySelector('a[href^="/homes/H-"]')?.getAttribute("href").split("/").at(-1),
    address: row.querySelector('a[href^="/homes/H-"]')?.textContent.trim(),
    phone: /\b0[\d ]{9,12}\d\b/.exec(row.innerText)?.[0],
  })));
  const found = rows.filter((row) => row.person && row.home && row.phone);
  expect(found.length, "the first page of people holds some with a home and a phone").toBeGreaterThan(10);
  return found;
}

/** The reference in an address: `R-102787` of `/repairs/R-102787?logged=…`. */
export function referenceIn(page) {
  return /\/(R-\d+)/.exec(new URL(page.url()).pathname)?.[1];
}

/** Ticks that the warnings about a place were read, where there are any. */
export async function tickWarnings(page) {
  for (const box of await page.getByRole("checkbox", { name: /^I have read/ }).all()) await box.check();
}

/**
 * Logs a kitchen tap that cannot be turned off, an emergency for a plumber, and books the soonest visit. Gives the reference.
 * The page is a call handler's.
 */
export async function logEmergency(page, home) {
  await page.goto(`/repairs/new?place=${home}&item=kitchen-tap`);
  await page.getByLabel("It runs hard and will not stop").check();
  await tickWarnings(page);
  await page.getByRole("button", { name: "Decide the priority" }).click();
  await expect(page.getByRole("group", { name: "When should we come?" }).getByRole("radio").first()).toBeChecked();
  await page.getByRole("button", { name: "Log and book" }).click();
  await expect(page.getByRole("heading", { name: "Repair logged" })).toBeVisible();
  return referenceIn(page);
}
