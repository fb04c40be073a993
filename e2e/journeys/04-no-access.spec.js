// Nobody opens the door: three taps with proof. And work that needs another visit.
import { expect, PHONE, test } from "../support/test.js";
import { expectFine } from "../support/fine.js";
import { picture } from "../support/picture.js";
import { agreedEarlier, logEmergency, residents } from "../support/world.js";

const PHONE_OPTIONS = { viewport: PHONE, hasTouch: true, isMobile: true };

async function openJob(open, nth) {
  const handler = await open("call-handler");
  const reference = await logEmergency(handler, (await residents(handler))[nth].home);
  agreedEarlier(reference, 30);
  const phone = await open("operative", PHONE_OPTIONS);
  await phone.goto("/today");
  await phone.getByRole("main").getByRole("link").filter({ hasText: reference }).click();
  return { handler, phone, reference };
}

test("no access with a photo of the door; the planner sees that it waits", async ({ open }) => {
  const { handler, phone, reference } = await openJob(open, 14);
  await phone.getByRole("link", { name: "No access" }).click();
  await expectFine(phone);
  await phone.getByRole("button", { name: "Nobody answered" }).click();
  await expect(phone.getByRole("alert")).toContainText("ake a photo of the door");
  await expectFine(phone);
  await phone.getByLabel("Photo of the door").setInputFiles(picture("door.png"));
  await phone.getByRole("button", { name: "Nobody answered" }).click();
  await expect(phone.getByText("No access is recorded, and the card to the resident is written.")).toBeVisible();
  await phone.getByText(/^Done today/).click();
  await expect(phone.getByRole("main").getByRole("link").filter({ hasText: reference })).toContainText("No access");

  await handler.goto(`/repairs/${reference}`);
  await expect(handler.getByRole("row").filter({ hasText: "No access" }).first()).toBeVisible();
  await expectFine(handler);
});

test("made safe, then another visit for the rest", async ({ open }) => {
  const { handler, phone, reference } = await openJob(open, 16);
  await phone.getByRole("button", { name: /I have arrived/ }).click();
  await phone.getByRole("link", { name: "Made safe, work remains" }).click();
  await expectFine(phone);
  await phone.getByRole("group", { name: "How was it made safe?" }).getByRole("radio").first().check();
  await phone.getByLabel("What you did").fill("Isolated the supply under the sink.");
  await phone.getByLabel("What comes next?").fill("A plumber will fit a new tap");
  await phone.getByRole("button", { name: "Made safe" }).click();
  await expect(phone.getByText("It is recorded as made safe. The rest stays open.")).toBeVisible();

  await phone.getByRole("link", { name: "Another visit is needed" }).click();
  await expectFine(phone);
  await phone.getByRole("button", { name: "Record and leave" }).click();
  await expect(phone.getByRole("alert")).toBeVisible();
  await phone.getByRole("group", { name: "Why is another visit needed?" }).getByRole("radio").first().check();
  await phone.getByLabel("What must be done").fill("Fit a new kitchen tap, pillar type.");
  await phone.getByRole("button", { name: "Record and leave" }).click();
  await expect(phone.getByText("The planner will find a time for the next visit.")).toBeVisible();

  await handler.goto(`/repairs/${reference}`);
  const main = handler.getByRole("main");
  await expect(main).toContainText("Made safe");
  await expect(main).toContainText("Fit a new kitchen tap");
  await expect(main.getByRole("link", { name: "Book a visit" })).toBeVisible();
});
