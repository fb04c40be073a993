// An administrator's file: five rows, two of them wrong. A dry run says what and why; the good ones go in, and out again.
import { readFile } from "node:fs/promises";
import { expect, test } from "../support/test.js";
import { expectFine } from "../support/fine.js";

const FILE = [
  "Property ref,Type,Address,Post code,Beds,EPC rating",
  "E2E-1,home,1 Testing Lane,OX4 9ZA,2,C",
  "E2E-2,home,2 Testing Lane,OX4 9ZA,3,B",
  "E2E-3,home,3 Testing Lane,NOT A CODE,3,B",
  "E2E-4,home,4 Testing Lane,OX4 9ZA,1,D",
  "E2E-5,home,5 Testing Lane,OX4 9ZA,many,Q",
].join("\n");

test("five rows: a dry run names field and row of two, three go in, and all are taken back", async ({ open }) => {
  const page = await open("administrator");
  const main = page.getByRole("main");
  await page.goto("/imports");
  await expectFine(page);
  await main.getByRole("link", { name: "Import a file" }).click();
  await expectFine(page);
  await page.getByRole("group", { name: "What does the file hold?" }).getByLabel(/homes|places/i).first().check();
  await page.getByLabel("Which system does it come from?").fill("Capita");
  await page.getByLabel("The file").setInputFiles({ name: "homes.csv", mimeType: "text/csv", buffer: Buffer.from(FILE) });
  await page.getByRole("button", { name: "Continue" }).click();

  await expect(page.getByRole("heading", { level: 1, name: "Which column is which?" })).toBeVisible();
  await expect(page.getByLabel("Property ref becomes")).toHaveValue("external_ref");
  await expect(main).toContainText("6 of");
  await expectFine(page);
  await page.getByRole("button", { name: "Check the rows" }).click();

  await expect(main.getByText("Dry run: 3 of 5 rows can go in.")).toBeVisible({ timeout: 30_000 });
  await page.reload();
  const refused = main.getByRole("table", { name: "Row by row" });
  await expect(refused.getByRole("row")).toHaveCount(3);
  await expect(refused.getByRole("row").nth(1)).toContainText(/4.*Postcode.*NOT A CODE/s);
  await expect(refused.getByRole("row").nth(2)).toContainText(/6.*Bedrooms.*many/s);
  await expect(refused.getByRole("row").nth(2)).toContainText(/Energy band/);
  await expectFine(page);
  const download = page.waitForEvent("download");
  await main.getByRole("link", { name: "Download the refused rows" }).click();
  const rows = (await readFile(await (await download).path(), "utf8")).trim().split("\n");
  expect(rows).toHaveLength(3);
  expect(rows[1]).toContain("3 Testing Lane");
  expect(await found(page)).toBe(0);

  await page.getByRole("button", { name: "Import 3 rows" }).click();
  await expect(main.getByText("3 of 5 rows are in.")).toBeVisible({ timeout: 30_000 });
  expect(await found(page)).toBe(3);

  await page.goto("/imports");
  await main.getByRole("link", { name: "homes.csv" }).first().click();
  await page.getByText("Take this import back").click();
  await expectFine(page);
  await page.getByRole("button", { name: "Take it back" }).click();
  await expect(main.getByText("This import was taken back.")).toBeVisible({ timeout: 30_000 });
  expect(await found(page)).toBe(0);
});

/** How many homes of the file the register holds. */
async function found(page) {
  const answer = await page.request.get("/homes.csv?q=Testing+Lane");
  expect(answer.status()).toBe(200);
  return (await answer.text()).split("\n").filter((line) => line.includes("Testing Lane")).length;
}
