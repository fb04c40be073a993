// A caller's dripping tap, from the phone number to the booked visit, without touching the mouse (target: 90 seconds).
import { PASSWORD } from "../support/settings.js";
import { expect, test } from "../support/test.js";
import { expectFine } from "../support/fine.js";
import { choose, enter, tabTo } from "../support/keyboard.js";
import { residents } from "../support/world.js";

test("a call handler logs and books a common repair with the keyboard alone", async ({ open }) => {
  const [caller] = (await residents(await open("auditor"))).slice(-1);
  const page = await open(null);
  const main = page.getByRole("main");

  await page.goto("/sign-in");
  await expect(page.getByLabel("E-mail address")).toBeFocused();
  await page.keyboard.type("call-handler@example.org");
  await tabTo(page, page.getByLabel("Password", { exact: true }));
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Good");

  const began = Date.now();
  await page.keyboard.press("/");
  await expect(page.getByRole("combobox")).toBeFocused();
  await page.keyboard.type(caller.phone);
  const hit = page.getByRole("option").filter({ hasText: caller.name });
  await expect(hit).toBeVisible();
  while ((await hit.getAttribute("aria-selected")) !== "true") await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(caller.name);
  await expectFine(page);

  await enter(page, main.getByRole("link", { name: "Report a repair" }).first());
  await expect(page.getByLabel("What the caller says")).toBeFocused();
  await page.keyboard.type("kitchen tap drips");
  await page.keyboard.press("Enter");
  await enter(page, main.getByRole("link", { name: "A kitchen tap drips or will not turn" }).first());

  await choose(page, page.getByRole("group", { name: "What does it do?" }), "It drips");
  for (const box of await page.getByRole("checkbox", { name: /^I have read/ }).all()) {
    await tabTo(page, box);
    await page.keyboard.press("Space");
  }
  await expectFine(page);
  await enter(page, page.getByRole("button", { name: "Decide the priority" }));

  await expect(main.getByRole("heading", { name: "Why this priority" })).toBeVisible();
  await expect(main.getByText("Routine", { exact: true }).first()).toBeVisible();
  await expect(main.getByText(/Promised by/)).toBeVisible();
  expect(await main.getByRole("heading", { name: "Why this priority" }).locator("xpath=following-sibling::ul[1]/li").count()).toBeGreaterThan(0);
  await expectFine(page);
  const slots = page.getByRole("group", { name: "When should we come?" }).getByRole("radio");
  await tabTo(page, slots.first());
  await page.keyboard.press("ArrowDown");
  await expect(slots.nth(1)).toBeChecked();
  await page.keyboard.press("Enter");

  await expect(page.getByRole("heading", { name: "Repair logged" })).toBeVisible();
  expect(Date.now() - began, "milliseconds from the first key to the booked visit").toBeLessThan(90_000);
  await expect(main.getByRole("heading", { name: "A kitchen tap drips" })).toBeVisible();
  await expect(main).toContainText(/appointment booked/i);
  await expect(main).toContainText(caller.name);
  await expectFine(page);
});

test("a report begins from any page by one key, which is a letter like others in a field", async ({ open }) => {
  const page = await open("call-handler");
  await page.goto("/figures");
  await page.keyboard.press("/");
  await page.keyboard.type("r");
  await expect(page.locator("#rt-search")).toHaveValue("r");
  await page.keyboard.press("Tab");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toContainText("Report a repair");
  await page.keyboard.press("Escape");
  await page.keyboard.press("r");
  await expect(page.getByLabel("Phone number, name, postcode, address or reference")).toBeFocused();
  await expectFine(page);
});
