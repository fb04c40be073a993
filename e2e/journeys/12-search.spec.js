// One search box: it forgives a slip of the finger, and answers while one types.
import { expect, test } from "../support/test.js";
import { expectFine } from "../support/fine.js";
import { residents } from "../support/world.js";

/** Two neighbouring letters of the longest word changed over. */
function misspelt(text) {
  const word = text.split(/[ ,]+/).filter((part) => /^[A-Za-z]{5,}$/.test(part)).sort((a, b) => b.length - a.length)[0];
  const at = Math.floor(word.length / 2);
  return { word, slip: word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2) };
}

test("a street with two letters changed over is still found while typing", async ({ open }) => {
  const page = await open("call-handler");
  const { word, slip } = misspelt((await residents(page))[5].address);
  expect(slip).not.toBe(word);
  await page.keyboard.press("/");
  await page.keyboard.type(slip, { delay: 30 });
  const options = page.getByRole("listbox", { name: "Suggestions" }).getByRole("option");
  await expect(options.filter({ hasText: word }).first()).toBeVisible();
  await expectFine(page);
  await page.keyboard.press("ArrowDown");
  await expect(options.first()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/(homes|people|repairs)\//);
});

test("reference, postcode and phone number lead to the thing itself", async ({ open }) => {
  const page = await open("call-handler");
  const someone = (await residents(page))[7];
  await page.goto(`/search?q=${someone.home}`);
  await expect(page).toHaveURL(new RegExp(`/homes/${someone.home}$`));
  for (const text of [someone.phone, someone.phone.replaceAll(" ", ""), someone.name]) {
    await page.goto(`/search?q=${encodeURIComponent(text)}`);
    await expect(page.getByRole("main").getByRole("link", { name: someone.name }).first()).toBeVisible();
  }
  await page.goto("/search?q=zzzzqqqq");
  await expect(page.getByRole("main")).toContainText("Nothing was found");
  await expectFine(page);
});
