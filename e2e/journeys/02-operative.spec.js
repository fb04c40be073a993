// An emergency on an operative's phone: today's list, on my way, arrived, photos, signature, done. And then the figure moves.
import { expect, PHONE, test } from "../support/test.js";
import { expectFine } from "../support/fine.js";
import { picture } from "../support/picture.js";
import { logEmergency, residents } from "../support/world.js";

const PHONE_OPTIONS = { viewport: PHONE, hasTouch: true, isMobile: true };
const MEASURE = "repairs.rp02-emergency";

test("today, on my way, arrived, photo, signature, done", async ({ open }) => {
  const handler = await open("call-handler");
  const someone = (await residents(handler))[10];
  const reference = await logEmergency(handler, someone.home);

  const phone = await open("operative", PHONE_OPTIONS);
  const main = phone.getByRole("main");
  await phone.goto("/");
  await expect(phone.getByRole("heading", { level: 1, name: "Today" })).toBeVisible();
  await expectFine(phone);
  await main.getByRole("link").filter({ hasText: reference }).click();
  await expect(main).toContainText("A kitchen tap drips or will not turn");
  await expect(phone.getByRole("link", { name: /^Call / })).toHaveAttribute("href", /^tel:\+44/);
  await expectFine(phone);

  await phone.getByRole("button", { name: /On my way/ }).click();
  await expect(main.getByText("You are on your way. A message to the resident is written.")).toBeVisible();
  await phone.getByRole("button", { name: /I have arrived/ }).click();
  await expect(main.getByText("Your arrival is recorded.")).toBeVisible();
  await expectFine(phone);

  await phone.getByText("Add a photo now").click();
  await phone.getByLabel("Photo", { exact: true }).setInputFiles(picture("image.png"));
  await expect(main.getByRole("img", { name: "image.png" })).toBeVisible();
  await phone.getByRole("button", { name: "Keep the photo" }).click();
  await expect(main.getByText("The photo is kept.")).toBeVisible();
  const thumbnail = main.getByRole("list", { name: "Photos of this repair" }).getByRole("img");
  await expect(thumbnail).toHaveCount(1);
  await expect.poll(() => thumbnail.evaluate((image) => image.complete && image.naturalWidth > 0)).toBe(true);

  await phone.getByLabel("Photo of the finished work").setInputFiles(picture("after.png", 2400));
  await phone.getByLabel("What you did").fill("Renewed the washer and tested it.");
  await phone.getByText("Materials used").click();
  await phone.getByLabel("What (1)").fill("Tap washer");
  await phone.getByLabel("Cost (1)").fill("0.85");
  await phone.getByText("The resident's signature").click();
  await sign(phone, phone.getByRole("img", { name: /^Signature pad/ }));
  await phone.getByLabel("Signature", { exact: true }).fill(someone.name);
  await expectFine(phone);
  await phone.getByRole("button", { name: "Work done" }).click();
  await expect(main.getByText("The work is recorded as done.")).toBeVisible();
  await phone.getByText(/^Done today/).click();
  await expect(main.getByRole("link").filter({ hasText: reference })).toContainText("Done");

  await handler.goto(`/repairs/${reference}`);
  await expect(handler.getByRole("main")).toContainText("Renewed the washer");
  await expect(handler.getByRole("main")).toContainText(/completed/i);
  await expect(handler.getByRole("main").getByRole("img")).not.toHaveCount(0);
  await expectFine(handler);
});

test("the figure moves with the repair, and opens to its row", async ({ open }) => {
  const analyst = await open("performance");
  const before = await madeOf(analyst);

  const handler = await open("call-handler");
  const reference = await logEmergency(handler, (await residents(handler))[12].home);
  expect(await madeOf(analyst), "a repair that is only logged does not count").toEqual(before);
  const phone = await open("operative", PHONE_OPTIONS);
  await phone.goto("/today");
  await phone.getByRole("main").getByRole("link").filter({ hasText: reference }).click();
  await phone.getByRole("button", { name: /I have arrived/ }).click();
  await phone.getByLabel("What you did").fill("Made the tap work again.");
  await phone.getByRole("button", { name: "Work done" }).click();
  await expect(phone.getByText("The work is recorded as done.")).toBeVisible();

  const after = await madeOf(analyst);
  expect(after.hits).toBeGreaterThanOrEqual(before.hits + 1);
  expect(after.counted).toBeGreaterThanOrEqual(before.counted + 1);
  await expectFine(analyst);
  await analyst.getByRole("link", { name: "See the rows" }).click();
  const row = analyst.getByRole("row").filter({ hasText: reference });
  await expect(row).toHaveCount(1);
  await expectFine(analyst);
  await row.getByRole("link", { name: reference }).click();
  await expect(analyst.getByRole("heading", { level: 1 })).toContainText("A kitchen tap");
  await expect(analyst.getByRole("main")).toContainText(reference);
});

/** Draws a line on the signature pad, as a finger does. */
async function sign(page, pad) {
  await pad.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await pad.boundingBox();
  await page.mouse.move(x + width * 0.2, y + height * 0.6);
  await page.mouse.down();
  for (let step = 1; step <= 8; step += 1) await page.mouse.move(x + width * (0.2 + step * 0.07), y + height * (step % 2 ? 0.3 : 0.7));
  await page.mouse.up();
}

/** What this month's figure is made of. */
async function madeOf(page) {
  const month = new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/London", year: "numeric", month: "2-digit" }).format(new Date());
  await page.goto(`/figures/${MEASURE}?period=${month}`);
  const words = await page.getByRole("main").getByText(/[\d,]+ of [\d,]+ counted/).first().innerText();
  const [, hits, counted] = /([\d,]+) of ([\d,]+) counted/.exec(words);
  return { hits: Number(hits.replaceAll(",", "")), counted: Number(counted.replaceAll(",", "")) };
}
