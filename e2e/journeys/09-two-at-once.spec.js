// Two people change the same thing: the second is told, sees both versions and loses nothing.
import { expect, test } from "../support/test.js";
import { expectFine } from "../support/fine.js";
import { residents } from "../support/world.js";

test("two change a home: the second sees who was quicker, and their words are kept", async ({ open }) => {
  const first = await open("housing-officer");
  const second = await open("administrator");
  const { home } = (await residents(first))[18];
  for (const page of [first, second]) await page.goto(`/homes/${home}/edit`);
  await expectFine(first);
  await first.getByLabel("Heating").fill("air source heat pump");
  await first.getByRole("button", { name: "Save" }).click();
  await expect(first.getByText("Saved.")).toBeVisible();

  await second.getByLabel("Heating").fill("gas combi, serviced in May");
  await second.getByLabel("Notes").fill("Key safe by the meter");
  await second.getByRole("button", { name: "Save" }).click();
  await expect(second.getByRole("heading", { level: 1, name: "Someone else changed this" })).toBeVisible();
  const clash = second.getByRole("row").filter({ hasText: "Heating" });
  await expect(clash).toContainText("air source heat pump");
  await expect(clash).toContainText("gas combi, serviced in May");
  await expect(second.getByLabel("Notes")).toHaveValue("Key safe by the meter");
  await expectFine(second);

  await second.getByRole("button", { name: "Save" }).click();
  await expect(second.getByText("Saved.")).toBeVisible();
  await second.goto(`/homes/${home}`);
  await expect(second.getByRole("main")).toContainText("gas combi, serviced in May");
});

test("two change a person: the same", async ({ open }) => {
  const first = await open("call-handler");
  const second = await open("housing-officer");
  const { person } = (await residents(first))[18];
  for (const page of [first, second]) await page.goto(`/people/${person}/edit`);
  await first.getByLabel("Notes on contact").fill("Ring after six");
  await first.getByRole("button", { name: "Save" }).click();
  await expect(first).toHaveURL(new RegExp(`/people/${person}$`));
  await second.getByLabel("Notes on contact").fill("Text only");
  await second.getByRole("button", { name: "Save" }).click();
  await expect(second.getByRole("heading", { level: 1, name: "Someone else changed this" })).toBeVisible();
  await expect(second.getByRole("main")).toContainText("Ring after six");
  await expectFine(second);
});
