// A provider asks for more than was ordered; the client decides.
import { expect, test } from "../support/test.js";
import { expectFine } from "../support/fine.js";

async function askForMore(page) {
  await page.goto("/orders?status=accepted");
  await expectFine(page);
  await page.getByRole("row").nth(1).getByRole("link").first().click();
  const reference = new URL(page.url()).pathname.split("/").at(-1);
  await page.getByRole("link", { name: "Ask for a variation" }).click();
  await expectFine(page);
  await page.getByRole("group", { name: "Why is more needed?" }).getByLabel("Different quantity").check();
  await page.getByLabel("What you found").fill("The pipe is rotten for another metre.");
  await page.getByLabel("Rate 1").fill("PL-001");
  await page.getByRole("textbox", { name: "Quantity" }).first().fill("2");
  await page.getByRole("button", { name: "Ask the client" }).click();
  await expect(page).toHaveURL(new RegExp(`/orders/${reference}`));
  return reference;
}

test("a client officer approves a variation; a refusal needs a word", async ({ open }) => {
  const planner = await open("planner");
  const reference = await askForMore(planner);

  const page = await open("client-officer");
  await page.goto("/");
  await page.getByRole("link", { name: /variations to approve/ }).click();
  await expectFine(page);
  const row = page.getByRole("row").filter({ hasText: reference });
  await expect(row).toContainText("The pipe is rotten for another metre.");
  await row.getByRole("checkbox").check();
  await page.getByRole("button", { name: "Refuse what is ticked" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await expectFine(page);
  await page.getByRole("row").filter({ hasText: reference }).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Approve what is ticked" }).click();
  await expect(page.getByText(/approved/).first()).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: reference })).toHaveCount(0);

  await planner.goto(`/orders/${reference}`);
  await expect(planner.getByRole("row").filter({ hasText: "PL-001" }).filter({ hasText: "Variation" })).toHaveCount(1);
  await expectFine(planner);
});
