// The call without JavaScript: pages and forms carry the work, scripts only make it quicker.
import { expect, signIn, test } from "../support/test.js";
import { residents, tickWarnings } from "../support/world.js";

test.describe("without JavaScript", () => {
  test("a repair is reported and booked", async ({ open }) => {
    const [caller] = (await residents(await open("auditor"))).slice(-2);
    const page = await open(null, { javaScriptEnabled: false });
    await signIn(page, "call-handler");
    await page.getByRole("searchbox").fill(caller.phone);
    await page.keyboard.press("Enter");
    await page.getByRole("main").getByRole("link", { name: caller.name }).first().click();
    await page.getByRole("main").getByRole("link", { name: "Report a repair" }).first().click();
    await page.getByLabel("What the caller says").fill("toilet blocked");
    await page.getByRole("button", { name: "Find the repair" }).click();
    await page.getByRole("link", { name: "The toilet is blocked" }).first().click();
    await page.getByRole("button", { name: "Decide the priority" }).click();
    await expect(page.getByRole("alert")).toContainText("sk this question");
    await page.getByRole("group", { name: "Is there another toilet" }).getByLabel("Yes").check();
    await page.getByRole("group", { name: "Is it coming over the top" }).getByLabel("No", { exact: true }).check();
    await page.getByRole("group", { name: "Do you know what blocked it?" }).getByLabel("No", { exact: true }).check();
    await tickWarnings(page);
    await page.getByRole("button", { name: "Decide the priority" }).click();
    await page.getByRole("group", { name: "When should we come?" }).getByRole("radio").last().check({ force: true });
    await page.getByRole("button", { name: "Log and book" }).click();
    await expect(page.getByRole("heading", { name: "Repair logged" })).toBeVisible();
    await expect(page.getByRole("main")).toContainText(caller.name);
  });

  test("a planner moves a visit by its form", async ({ open }) => {
    const page = await open("planner", { javaScriptEnabled: false });
    await page.goto("/board");
    await page.getByRole("link", { name: /^Move/ }).first().click();
    await expect(page.getByRole("heading", { level: 1, name: /Move a visit|Book a visit/ })).toBeVisible();
  });
});
