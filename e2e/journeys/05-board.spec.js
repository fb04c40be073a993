// The planner's day board: a visit is moved by its form, with the arrow keys, and by dragging.
import { expect, test } from "../support/test.js";
import { expectFine } from "../support/fine.js";

const TOMORROW = new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/London" }).format(new Date(Date.now() + 86_400_000));
const BOARD = `/board?day=${TOMORROW}&why=sooner`;

/** The visits that can be moved: reference, where they are. */
async function visits(page) {
  return page.getByRole("table").getByRole("article").evaluateAll((cards) => cards
    .filter((card) => card.querySelector("a[data-move]") && card.closest("td[data-slot]"))
    .map((card) => ({ reference: card.dataset.name, place: card.closest("td").dataset.name })));
}

const card = (page, reference) => page.getByRole("article").filter({ hasText: reference });
const place = (page, reference) => card(page, reference).evaluate((element) => element.closest("td")?.dataset.name ?? "not on the board");

test("the board of a day shows who is where", async ({ open }) => {
  const page = await open("planner");
  await page.goto("/");
  await expect(page).toHaveURL(/\/board/);
  await expectFine(page);
  await page.goto(BOARD);
  expect((await visits(page)).length).toBeGreaterThan(3);
  await expectFine(page);
});

test("a visit is moved by its form, with a reason, and the resident is told", async ({ open }) => {
  const page = await open("planner");
  await page.goto(BOARD);
  const [{ reference }] = await visits(page);
  await page.goto(await card(page, reference).getByRole("link", { name: `Move ${reference}` }).getAttribute("href"));
  await expect(page.getByRole("heading", { level: 1, name: "Move a visit" })).toBeVisible();
  await expectFine(page);
  const slots = page.getByRole("group", { name: "When should we come?" }).getByRole("radio");
  await slots.last().check();
  await page.getByRole("button", { name: "Move and tell the resident" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByRole("group", { name: "Why is it moved?" }).getByLabel("The resident asked").check();
  await page.getByRole("button", { name: "Move and tell the resident" }).click();
  await expect(page.getByText("The visit is moved. A message to the resident is written.")).toBeVisible();
});

test("a visit is moved with the arrow keys", async ({ open }) => {
  const page = await open("planner");
  await page.goto(BOARD);
  const { reference, place: from } = (await visits(page)).at(-1);
  const move = card(page, reference).getByRole("link", { name: `Move ${reference}` });
  await move.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowRight");
  if ((await place(page, reference)) === from) await page.keyboard.press("ArrowLeft");
  const to = await place(page, reference);
  expect(to).not.toBe(from);
  await page.keyboard.press("Escape");
  expect(await place(page, reference), "Escape puts it back").toBe(from);

  await move.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowRight");
  if ((await place(page, reference)) === from) await page.keyboard.press("ArrowLeft");
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === "POST" && response.url().includes("/board/move")),
    page.keyboard.press("Enter"),
  ]);
  await expectMovedOrExplained(page, answer, { reference, from, to });
});

test("a reason counts as soon as it is chosen, and a refused move puts the card back", async ({ open }) => {
  const page = await open("planner");
  await page.goto(`/board?day=${TOMORROW}`);
  const { reference, place: from } = (await visits(page)).at(-1);
  let sent = "";
  await page.route("**/board/move*", (route) => {
    sent = route.request().postData();
    return route.fulfill({ status: 409, contentType: "text/html", body: "<main><div class='rt-banner__body'><p>There is no room here.</p></div></main>" });
  });
  await page.getByLabel("Why visits move").selectOption("sooner");
  await card(page, reference).getByRole("link", { name: `Move ${reference}` }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowRight");
  if ((await place(page, reference)) === from) await page.keyboard.press("ArrowLeft");
  expect(await place(page, reference)).not.toBe(from);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "There is no room here." })).toBeVisible();
  expect(sent).toContain("why=sooner");
  expect(await place(page, reference)).toBe(from);
});

test("a visit is dragged to another place", async ({ open }) => {
  const page = await open("planner");
  // Card and target in view at once: a page that scrolls after the button is down would have another card under it.
  await page.setViewportSize({ width: 1280, height: 2400 });
  await page.goto(BOARD);
  const [, { reference, place: from }] = await visits(page);
  const cells = await page.getByRole("cell").evaluateAll((all) => all.map((cell, index) => [index, cell.dataset.name]).filter(([, name]) => name));
  const lane = from.split(",")[0];
  const [index, to] = cells.filter(([, name]) => name.startsWith(`${lane},`) && name !== from).at(-1);
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === "POST" && response.url().includes("/board/move")),
    card(page, reference).dragTo(page.getByRole("cell").nth(index)),
  ]);
  await expectMovedOrExplained(page, answer, { reference, from, to });
});

/** Whether a move is possible depends on the day; either the card is where it was put, or it is back and the page says why. */
async function expectMovedOrExplained(page, answer, { reference, from, to }) {
  const first = answer.request().redirectedTo() ? 303 : answer.status();
  if (first === 303) {
    await expect.poll(() => place(page, reference)).toBe(to);
    await expect(page.getByRole("status").filter({ hasText: reference }).first()).toContainText(/begins at|moved to/);
    await page.reload();
    expect(await place(page, reference), "the server has it there too").toBe(to);
  } else {
    expect([409, 422]).toContain(first);
    await expect.poll(() => place(page, reference)).toBe(from);
    await expect(page.getByRole("status").filter({ hasText: /.{20}/ }).first()).toBeVisible();
  }
}
