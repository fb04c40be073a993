// Sign-in: the form, a second factor with its recovery codes, and the lock after too many wrong passwords.
import { PASSWORD } from "../support/settings.js";
import { expect, signIn, test } from "../support/test.js";
import { expectFine } from "../support/fine.js";
import { code, nextCode } from "../support/totp.js";
import { addUser } from "../support/world.js";

test("a wrong password is refused without saying which part was wrong", async ({ open }) => {
  const page = await open(null);
  await signIn(page, "auditor", "not the password");
  await expect(page.getByRole("alert").getByText("The e-mail address or the password is not right")).toBeVisible();
  await expect(page.getByLabel("E-mail address")).toHaveValue("auditor@example.org");
  await expect(page).toHaveTitle(/^Error/);
  await expectFine(page);
});

test("a page that was asked for opens after sign-in; signing out closes it again", async ({ open }) => {
  const page = await open(null);
  await page.goto("/repairs");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expectFine(page);
  await page.getByLabel("E-mail address").fill("auditor@example.org");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Repairs" })).toBeVisible();

  await page.getByRole("banner").getByText(/Auditor/).first().click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await page.goto("/repairs");
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
});

test("a second factor is set up and asked for; each recovery code works once", async ({ open }) => {
  const user = addUser("Second Factor", "complaints");
  const page = await open(null);
  await signIn(page, user);
  await page.goto("/account");
  await page.getByRole("link", { name: "Set up a second factor" }).click();
  await expectFine(page);
  await page.getByText("You cannot scan it").click();
  const secret = (await page.locator("code").innerText()).replaceAll(" ", "");
  await page.getByLabel("Code from the app").fill(code(secret));
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByRole("heading", { name: "Keep your recovery codes" })).toBeVisible();
  await expectFine(page);
  const recovery = await page.getByRole("main").getByRole("listitem").allInnerTexts();
  expect(recovery.length).toBeGreaterThanOrEqual(8);

  const phone = await open(null);
  await signIn(phone, user);
  await expect(phone.getByRole("heading", { name: "Check that it is you" })).toBeVisible();
  await expectFine(phone);
  await phone.getByLabel("Code from your authenticator app").fill("000000");
  await phone.getByRole("button", { name: "Continue" }).click();
  await expect(phone.getByRole("alert")).toBeVisible();
  await phone.getByLabel("Code from your authenticator app").fill(await nextCode(secret));
  await phone.getByRole("button", { name: "Continue" }).click();
  await expect(phone.getByRole("heading", { level: 1 })).toContainText("Good");

  for (const works of [true, false]) {
    const other = await open(null);
    await signIn(other, user);
    await other.getByText("You do not have your phone").click();
    await other.getByLabel("Recovery code").fill(recovery[0]);
    await other.getByRole("button", { name: "Continue" }).click();
    if (works) await expect(other.getByRole("heading", { level: 1 })).toContainText("Good");
    else await expect(other.getByRole("alert")).toBeVisible();
  }
});

test("six wrong passwords lock the account, even for the right one", async ({ open }) => {
  const user = addUser("Locked Out", "finance");
  const page = await open(null);
  for (let tries = 0; tries < 6; tries += 1) await signIn(page, user, "wrong again");
  await signIn(page, user, PASSWORD);
  await expect(page.getByRole("alert")).toContainText(/Too many wrong passwords\. Try again after \d\d:\d\d/);
  await expectFine(page);
});
