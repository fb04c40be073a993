// Hands on the keyboard, off the mouse.
import { expect } from "@playwright/test";

const TABS_MAX = 60;

/** Presses Tab until something has the focus; gives how many presses that took. */
export async function tabTo(page, target) {
  await expect(target).toBeVisible();
  for (let presses = 0; presses <= TABS_MAX; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return presses;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${target} is not reached within ${TABS_MAX} presses of Tab`);
}

/** Goes to something and presses Enter on it. */
export async function enter(page, target) {
  await tabTo(page, target);
  await page.keyboard.press("Enter");
}

/** Goes to a group of radio buttons and moves to one of them with the arrows. */
export async function choose(page, group, name) {
  const radios = group.getByRole("radio");
  const wanted = group.getByRole("radio", { name });
  await expect(wanted).toBeVisible();
  const focused = () => radios.evaluateAll((all) => all.indexOf(document.activeElement));
  for (let presses = 0; presses <= TABS_MAX && (await focused()) < 0; presses += 1) await page.keyboard.press("Tab");
  if (!(await wanted.isChecked())) {
    await page.keyboard.press("Space");
    for (let steps = 0; steps < (await radios.count()) && !(await wanted.isChecked()); steps += 1) await page.keyboard.press("ArrowDown");
  }
  await expect(wanted).toBeChecked();
}
